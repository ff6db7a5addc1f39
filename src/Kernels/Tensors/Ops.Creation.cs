using System.Globalization;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>
/// Tensor operations of the core: one function per operation, without overloads, so that F# resolves each call.
/// </summary>
/// <remarks>
/// Results belong to the dispose scope that is open on the calling thread (<see cref="Scope"/>); without
/// one they belong to the caller. Arguments are not changed, except by <see cref="CopyFrom"/> and
/// through <see cref="Data{T}"/>. An error of libtorch (shapes, types, devices, memory) is an
/// <see cref="System.Runtime.InteropServices.ExternalException"/> with libtorch's message.
/// </remarks>
public static partial class Ops
{
    static Ops()
    {
        // First, because each other statement makes TorchSharp look for libtorch.
        TorchLibrary.Require();
        Cpu = torch.CPU;
        s_one = 1;
    }

    /// <summary>Main memory.</summary>
    public static Device Cpu { get; }

    /// <summary>Parses <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    /// <exception cref="ArgumentException">The text is none of these.</exception>
    public static Device Device(string description)
    {
        var number = 0;
        return description switch
        {
            "cpu" => Cpu,
            "cuda" => new Device(DeviceType.CUDA, 0),
            _ when description.StartsWith("cuda:", StringComparison.Ordinal)
                && int.TryParse(description[5..], NumberStyles.None, CultureInfo.InvariantCulture, out number) =>
                new Device(DeviceType.CUDA, number),
            _ => throw new ArgumentException($"Device '{description}' is unknown: write cpu, cuda or cuda:NUMBER."),
        };
    }

    /// <summary>Zeros.</summary>
    public static Tensor Zeros(long[] shape, Numeric numeric, Device device) =>
        torch.zeros(shape, numeric.ToScalarType(), device);

    /// <summary>Uninitialised elements.</summary>
    public static Tensor Empty(long[] shape, Numeric numeric, Device device) =>
        torch.empty(shape, numeric.ToScalarType(), device);

    /// <summary>A constant.</summary>
    public static Tensor Full(long[] shape, double value, Numeric numeric, Device device) =>
        With(value, number => torch.full(shape, number, numeric.ToScalarType(), device));

    /// <summary>Zeros of the shape, element type and device of <paramref name="like"/>.</summary>
    public static Tensor ZerosLike(Tensor like) => torch.zeros(like.shape, like.dtype, like.device);

    /// <summary>A constant of the shape, element type and device of <paramref name="like"/>.</summary>
    public static Tensor FullLike(Tensor like, double value) =>
        With(value, number => torch.full(like.shape, number, like.dtype, like.device));

    /// <summary>A copy of row-major numbers, 32 bits, in main memory.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static Tensor FromFloats(float[] values, long[] shape) => Copy(values, shape, ScalarType.Float32);

    /// <summary>A copy of row-major numbers, 64 bits, in main memory.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static Tensor FromDoubles(double[] values, long[] shape) => Copy(values, shape, ScalarType.Float64);

    /// <summary>A copy of row-major integers in main memory.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static Tensor FromLongs(long[] values, long[] shape) => Copy(values, shape, ScalarType.Int64);

    /// <summary>In memory of libtorch, which begins at a cache line: the last bits of MKL's products depend on where their operands begin,
    /// and TorchSharp's own function uses the array's memory.</summary>
    private static Tensor Copy<T>(T[] values, long[] shape, ScalarType type)
        where T : unmanaged
    {
        var tensor = torch.empty(RequireElements(values.Length, shape), type, Cpu);
        MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(tensor.bytes);
        return tensor;
    }

    private static long[] RequireElements(int count, long[] shape)
    {
        var elements = shape.Aggregate(1L, (product, size) => product * size);
        return elements == count
            ? shape
            : throw new ArgumentException(
                $"Shape [{string.Join(';', shape)}] has {elements} elements, {count} were given.", nameof(shape));
    }
}
