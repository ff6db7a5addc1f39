namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        /// <summary>Matrix product of the last two dimensions, the others broadcast.</summary>
        public Tensor matmul(Tensor target) => Native.mt_matmul(this, target);

        /// <summary>[b, n, k] × [b, k, m] → [b, n, m].</summary>
        public Tensor bmm(Tensor batch2) => Native.mt_bmm(this, batch2);

        /// <summary>beta x + alpha (batch1 × batch2), x broadcast.</summary>
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Native.mt_baddbmm(this, batch1, batch2, beta, alpha);
    }

    /// <summary>Linear algebra.</summary>
    public static class linalg
    {
        /// <summary>x = q r with orthonormal columns in q [n, k] and upper triangular r [k, m], k = min(n, m).</summary>
        public static unsafe (Tensor Q, Tensor R) qr(Tensor input)
        {
            nint q, r;
            Native.Check(Native.mt_qr(input, &q, &r));
            return (new Tensor(q), new Tensor(r));
        }
    }

    /// <summary>Neural networks.</summary>
    public static class nn
    {
        /// <summary>Layers as functions.</summary>
        public static class functional
        {
            /// <summary>x weightᵀ + bias: [.., in] × [out, in] → [.., out].</summary>
            public static Tensor linear(Tensor input, Tensor weight, Tensor? bias = null) =>
                Native.mt_linear(input, weight, bias);

            /// <summary>Rows with mean 0 and variance 1 over the last dimension, then scaled and shifted.</summary>
            public static Tensor layer_norm(
                Tensor input, long[] normalized_shape, Tensor weight, Tensor bias, double eps = 1e-5) =>
                normalized_shape.Length == 1 && weight.numel() == normalized_shape[0]
                    ? Native.mt_layer_norm(input, weight, bias, eps)
                    : throw new ArgumentException("Only the last dimension is normalised here.", nameof(normalized_shape));

            /// <summary>log(1 + exp(beta x)) / beta; x itself where beta x is above the threshold.</summary>
            public static Tensor softplus(Tensor x, double beta = 1.0, double threshold = 20.0) =>
                Native.mt_softplus(x, beta, threshold);
        }
    }
}
