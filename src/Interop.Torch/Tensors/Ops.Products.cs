using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <content>Products of matrices.</content>
public static partial class Ops
{
    /// <summary>Matrix product of the last two dimensions, the others broadcast.</summary>
    public static Tensor MatMul(Tensor x, Tensor y) => x.matmul(y);

    /// <summary>[b, n, k] × [b, k, m] → [b, n, m].</summary>
    public static Tensor Bmm(Tensor x, Tensor y) => x.bmm(y);

    /// <summary>bias + x × y: [b, 1 or n, m] + [b, n, k] × [b, k, m] → [b, n, m]. Views cost no copy.</summary>
    public static Tensor Baddbmm(Tensor bias, Tensor x, Tensor y) => bias.baddbmm(x, y);

    /// <summary>x weightᵀ + bias: [.., in] × [out, in] + [out] → [.., out].</summary>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor bias) => nn.functional.linear(x, weight, bias);

    /// <summary><see cref="Linear"/> with the product in the given precision; result and gradients as in x.</summary>
    public static Tensor LinearIn(Precision precision, Tensor x, Tensor weight, Tensor bias)
    {
        if (precision == Precision.Full)
            return nn.functional.linear(x, weight, bias);
        var product = nn.functional.linear(Short(x), Short(weight), Short(bias));
        return product.to_type(x.dtype);
    }

    /// <summary><see cref="Baddbmm"/> with the product in the given precision; result and gradients as in x.</summary>
    public static Tensor BaddbmmIn(Precision precision, Tensor bias, Tensor x, Tensor y)
    {
        if (precision == Precision.Full)
            return bias.baddbmm(x, y);
        var product = Short(x).bmm(Short(y));
        return product.to_type(x.dtype).add(bias);
    }

    /// <summary>x = q r with orthonormal columns in q [n, k] and upper triangular r [k, m], k = min(n, m).</summary>
    /// <returns>q and r.</returns>
    public static Tensor[] Qr(Tensor x)
    {
        var (q, r) = linalg.qr(x);
        return [q, r];
    }

    private static Tensor Short(Tensor x) => x.to_type(ScalarType.BFloat16);
}
