using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <content>Elementwise operations; two tensors are broadcast against each other.</content>
public static partial class Ops
{
    /// <summary>x + y.</summary>
    public static Tensor Add(Tensor x, Tensor y) => x.add(y);

    /// <summary>x - y.</summary>
    public static Tensor Sub(Tensor x, Tensor y) => x.sub(y);

    /// <summary>x y.</summary>
    public static Tensor Mul(Tensor x, Tensor y) => x.mul(y);

    /// <summary>x / y.</summary>
    public static Tensor Div(Tensor x, Tensor y) => x.div(y);

    /// <summary>x + y with a number.</summary>
    public static Tensor AddScalar(Tensor x, double y) => x.add(y);

    /// <summary>x y with a number.</summary>
    public static Tensor MulScalar(Tensor x, double y) => x.mul(y);

    /// <summary>x / y with a number.</summary>
    public static Tensor DivScalar(Tensor x, double y) => x.div(y);

    /// <summary>x to the power of y.</summary>
    public static Tensor Pow(Tensor x, double y) => x.pow(y);

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
    public static Tensor Clamp(Tensor x, double low, double high) => x.clamp(low, high);

    /// <summary>max(x, low); below, the gradient is 0.</summary>
    public static Tensor ClampMin(Tensor x, double low) => x.clamp(min: low);

    /// <summary>min(x, high); above, the gradient is 0.</summary>
    public static Tensor ClampMax(Tensor x, double high) => x.clamp(max: high);

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
}
