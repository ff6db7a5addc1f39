using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>Operations with numbers. TorchSharp does not keep a <see cref="Scalar"/> alive while libtorch reads it, so that the
/// collector could free it meanwhile: these do.</summary>
public static class Scalars
{
    private static readonly Scalar s_one = 1;
    private static readonly Scalar s_two = 2;
    private static readonly Scalar s_twenty = 20;

    /// <summary>x + y.</summary>
    public static Tensor Add(Tensor x, Tensor y) => x.add(y, s_one);

    /// <summary>Adds y to x itself.</summary>
    internal static Tensor AddTo(Tensor x, Tensor y) => x.add_(y, s_one);

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, double y) => With(y, number => x.add(number, s_one));

    /// <summary>x y.</summary>
    public static Tensor Times(this Tensor x, double y) => With(y, x.mul);

    /// <summary>x / y.</summary>
    public static Tensor Over(this Tensor x, double y) => With(y, number => x.div(number));

    /// <summary>x².</summary>
    public static Tensor Square(Tensor x) => x.pow(s_two);

    /// <summary>log(1 + exp x); x itself above 20, as PyTorch does.</summary>
    public static Tensor Softplus(Tensor x) => Softplus(x, s_one, s_twenty);

    /// <summary>x &gt; 0, Boolean.</summary>
    public static Tensor IsPositive(Tensor x) => With(0.0, x.gt);

    /// <summary>An operation with a number, which lives until it ends.</summary>
    public static Tensor With(double number, Func<Scalar, Tensor> operation)
    {
        using Scalar kept = number;
        return operation(kept);
    }
    // The public form takes numbers, of which it makes a Scalar each that nothing holds.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "softplus1")]
    private static extern Tensor Softplus(Tensor x, Scalar beta, Scalar threshold);
}
