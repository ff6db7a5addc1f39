using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>
/// Tensor operations of the core: one function per operation, without overloads, so that F# resolves each call.
/// Implemented only with names that TorchSharp has too (TORCHSHARP_NAMES.md).
/// </summary>
/// <remarks>
/// Results belong to the dispose scope that is open on the calling thread (<see cref="Scope"/>); without
/// one they belong to the caller. Arguments are not changed, except by <see cref="CopyFrom"/> and
/// through <see cref="Data{T}"/>. An error of libtorch (shapes, types, devices, memory) is an
/// <see cref="System.Runtime.InteropServices.ExternalException"/> with libtorch's message.
/// </remarks>
public static partial class Ops
{
    /// <summary>Main memory.</summary>
    public static Device Cpu { get; } = torch.CPU;

    /// <summary>Parses <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    /// <exception cref="ArgumentException">The text is none of these.</exception>
    public static Device Device(string description) => torch.device(description);

    /// <summary>Zeros.</summary>
    public static Tensor Zeros(long[] shape, Numeric numeric, Device device) =>
        torch.zeros(shape, numeric.ToScalarType(), device);

    /// <summary>Uninitialised elements.</summary>
    public static Tensor Empty(long[] shape, Numeric numeric, Device device) =>
        torch.empty(shape, numeric.ToScalarType(), device);

    /// <summary>A constant.</summary>
    public static Tensor Full(long[] shape, double value, Numeric numeric, Device device) =>
        torch.full(shape, value, numeric.ToScalarType(), device);

    /// <summary>Zeros of the shape, element type and device of <paramref name="like"/>.</summary>
    public static Tensor ZerosLike(Tensor like) => torch.zeros(like.shape, like.dtype, like.device);

    /// <summary>A constant of the shape, element type and device of <paramref name="like"/>.</summary>
    public static Tensor FullLike(Tensor like, double value) => torch.full(like.shape, value, like.dtype, like.device);

    /// <summary>A copy of row-major numbers, 32 bits, in main memory.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static Tensor FromFloats(float[] values, long[] shape) => torch.tensor(values, RequireElements(values.Length, shape));

    /// <summary>A copy of row-major numbers, 64 bits, in main memory.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static Tensor FromDoubles(double[] values, long[] shape) => torch.tensor(values, RequireElements(values.Length, shape));

    /// <summary>A copy of row-major integers in main memory.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static Tensor FromLongs(long[] values, long[] shape) => torch.tensor(values, RequireElements(values.Length, shape));

    private static long[] RequireElements(int count, long[] shape)
    {
        var elements = shape.Aggregate(1L, (product, size) => product * size);
        return elements == count
            ? shape
            : throw new ArgumentException(
                $"Shape [{string.Join(';', shape)}] has {elements} elements, {count} were given.", nameof(shape));
    }
}
