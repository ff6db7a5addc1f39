namespace TorchSharp;

public static partial class torch
{
    public sealed partial class Tensor
    {
        /// <summary>Matrix product of the last two dimensions, the others broadcast.</summary>
        public Tensor matmul(Tensor target) => Native.mt_matmul(this, target);

        /// <summary>[b, n, k] × [b, k, m] → [b, n, m].</summary>
        public Tensor bmm(Tensor batch2) => Native.mt_bmm(this, batch2);
    }

    /// <summary>Neural networks.</summary>
    public static class nn
    {
        /// <summary>Layers as functions.</summary>
        public static class functional
        {
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
