using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <content>Elementwise operations; two tensors are broadcast against each other.</content>
public static partial class Ops
{
    /// <summary>x + y.</summary>
    public static Tensor Add(Tensor x, Tensor y) => x.add(y, s_one);

    /// <summary>x - y.</summary>
    public static Tensor Sub(Tensor x, Tensor y) => x.sub(y);

    /// <summary>x y.</summary>
    public static Tensor Mul(Tensor x, Tensor y) => x.mul(y);

    /// <summary>x / y.</summary>
    public static Tensor Div(Tensor x, Tensor y) => x.div(y);

    /// <summary>x + y with a number.</summary>
    public static Tensor AddScalar(Tensor x, double y) => With(y, number => x.add(number, s_one));

    /// <summary>x y with a number.</summary>
    public static Tensor MulScalar(Tensor x, double y) => With(y, x.mul);

    /// <summary>x / y with a number.</summary>
    public static Tensor DivScalar(Tensor x, double y) => With(y, number => x.div(number));

    /// <summary>x to the power of y.</summary>
    public static Tensor Pow(Tensor x, double y) => With(y, x.pow);

    /// <summary>-x.</summary>
    public static Tensor Neg(Tensor x) => x.neg();

    /// <summary>Exponential.</summary>
    public static Tensor Exp(Tensor x) => x.exp();

    /// <summary>Natural logarithm.</summary>
    public static Tensor Log(Tensor x) => x.log();

    /// <summary>Hyperbolic tangent.</summary>
    public static Tensor Tanh(Tensor x) => x.tanh();

    /// <summary>max(x, 0).</summary>
    public static Tensor Relu(Tensor x) => x.relu();

    /// <summary>log(1 + exp x); x itself above 20, as PyTorch does.</summary>
    public static Tensor Softplus(Tensor x) => nn.functional.softplus(x, 1.0, 20.0);

    /// <summary>Layer normalisation: the last dimension with mean 0 and variance 1, then scaled and shifted.</summary>
    /// <param name="x">Shape [.., n].</param>
    /// <param name="gain">Shape [n].</param>
    /// <param name="shift">Shape [n].</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static Tensor LayerNorm(Tensor x, Tensor gain, Tensor shift, double epsilon) =>
        nn.functional.layer_norm(x, gain.shape, gain, shift, epsilon);

    /// <summary>x².</summary>
    public static Tensor Square(Tensor x) => x.square();

    /// <summary>Square root.</summary>
    public static Tensor Sqrt(Tensor x) => x.sqrt();

    /// <summary>|x|.</summary>
    public static Tensor Abs(Tensor x) => x.abs();

    /// <summary>x limited to [low, high]; outside, the gradient is 0.</summary>
    public static Tensor Clamp(Tensor x, double low, double high) =>
        With(low, least => With(high, most => x.clamp(least, most)));

    /// <summary>max(x, low); below, the gradient is 0.</summary>
    public static Tensor ClampMin(Tensor x, double low) => With(low, least => x.clamp(min: least));

    /// <summary>min(x, high); above, the gradient is 0.</summary>
    public static Tensor ClampMax(Tensor x, double high) => With(high, most => x.clamp(max: most));

    /// <summary>Elementwise minimum.</summary>
    public static Tensor Minimum(Tensor x, Tensor y) => x.minimum(y);

    /// <summary>Elementwise maximum.</summary>
    public static Tensor Maximum(Tensor x, Tensor y) => x.maximum(y);

    /// <summary>x where the Boolean condition holds, y elsewhere.</summary>
    public static Tensor Where(Tensor condition, Tensor x, Tensor y) => torch.where(condition, x, y);

    /// <summary>x = y, Boolean.</summary>
    public static Tensor Equal(Tensor x, Tensor y) => x.eq(y);

    /// <summary>x > y, Boolean.</summary>
    public static Tensor Greater(Tensor x, Tensor y) => x.gt(y);

    /// <summary>x ≥ y, Boolean.</summary>
    public static Tensor GreaterOrEqual(Tensor x, Tensor y) => x.ge(y);

    /// <summary>x &lt; y, Boolean.</summary>
    public static Tensor Less(Tensor x, Tensor y) => x.lt(y);

    /// <summary>Neither infinite nor NaN, Boolean.</summary>
    public static Tensor IsFinite(Tensor x) => x.isfinite();

    private static readonly Scalar s_one;

    /// <summary>1 where x is above 0, Boolean.</summary>
    internal static Tensor IsPositive(Tensor x) => With(0.0, x.gt);

    /// <summary>TorchSharp does not keep a number alive while libtorch reads it: the collector could free it meanwhile.</summary>
    private static Tensor With(double number, Func<Scalar, Tensor> operation)
    {
        using Scalar kept = number;
        return operation(kept);
    }
}
