using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>Tensors of arrays, arrays of tensors, and the memory between.</summary>
public static class TensorMemory
{
    static TensorMemory() => Libtorch.Require();

    /// <summary>A copy of row-major numbers, 32 bits, in main memory.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static Tensor FromFloats(float[] values, long[] shape) => Copy(values, shape, ScalarType.Float32);

    /// <summary>A copy of row-major numbers, 64 bits, in main memory.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static Tensor FromDoubles(double[] values, long[] shape) => Copy(values, shape, ScalarType.Float64);

    /// <summary>A copy of row-major integers in main memory.</summary>
    /// <exception cref="ArgumentException">The shape has another number of elements.</exception>
    public static Tensor FromLongs(long[] values, long[] shape) => Copy(values, shape, ScalarType.Int64);

    /// <summary>The one element.</summary>
    /// <exception cref="ArgumentException">The tensor does not have exactly one element.</exception>
    public static double ToNumber(this Tensor x) =>
        x.numel() == 1
            ? Read<double, double>(x, ScalarType.Float64, values => values[0])
            : throw new ArgumentException($"A number is one element, the tensor has shape [{string.Join(';', x.shape)}].", nameof(x));

    /// <summary>All elements in row-major order.</summary>
    public static float[] ToFloats(this Tensor x) => Read<float, float[]>(x, ScalarType.Float32, values => values.ToArray());

    /// <summary>All elements in row-major order.</summary>
    public static double[] ToDoubles(this Tensor x) => Read<double, double[]>(x, ScalarType.Float64, values => values.ToArray());

    /// <summary>All elements in row-major order.</summary>
    public static long[] ToLongs(this Tensor x) => Read<long, long[]>(x, ScalarType.Int64, values => values.ToArray());

    /// <summary>The memory of the tensor. Valid until the tensor is disposed; writes change the tensor and all views.</summary>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> is not the element type.</exception>
    /// <exception cref="NotSupportedException">Not contiguous, or not in main memory.</exception>
    public static Span<T> Span<T>(this Tensor x)
        where T : unmanaged
    {
        var expected = default(T) switch
        {
            float => ScalarType.Float32,
            double => ScalarType.Float64,
            long => ScalarType.Int64,
            byte when x.dtype == ScalarType.Byte => ScalarType.Byte,
            byte or bool => ScalarType.Bool,
            _ => throw new ArgumentException($"No tensor here has elements of {typeof(T).Name}."),
        };
        if (x.dtype != expected)
            throw new ArgumentException($"The tensor has elements of {x.dtype}, not of {typeof(T).Name}.", nameof(x));
        if (x.device.type != DeviceType.CPU || !x.is_contiguous())
            throw new NotSupportedException("Only contiguous main memory can be read in place: use cpu() and contiguous() first.");
        return MemoryMarshal.Cast<byte, T>(x.bytes);
    }

    /// <summary>The address of <see cref="Span{T}"/>, for native code that fills tensors.</summary>
    public static unsafe nint Pointer(this Tensor x) =>
        x.device.type == DeviceType.CPU && x.is_contiguous()
            ? (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(x.bytes))
            : throw new NotSupportedException("Only contiguous main memory has an address here.");

    /// <summary>Adds a tensor that belongs to no scope to the innermost scope of this thread, if one is open. Returns it.</summary>
    public static Tensor AttachToScope(this Tensor x)
    {
        using var bridge = NewDisposeScope();
        bridge.Attach(x);
        return bridge.MoveToOuter(x);
    }

    /// <summary>In memory of libtorch, which begins at a cache line: the last bits of MKL's products depend on where their operands begin,
    /// and TorchSharp's own function uses the array's memory.</summary>
    private static Tensor Copy<T>(T[] values, long[] shape, ScalarType type)
        where T : unmanaged
    {
        var tensor = empty(RequireElements(values.Length, shape), type, CPU);
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

    private delegate TResult Reader<T, TResult>(ReadOnlySpan<T> values);

    private static TResult Read<T, TResult>(Tensor x, ScalarType type, Reader<T, TResult> read)
        where T : unmanaged
    {
        using var plain = x.detach();
        using var host = plain.cpu();
        using var typed = host.to_type(type);
        using var dense = typed.contiguous();
        return read(MemoryMarshal.Cast<byte, T>(dense.bytes));
    }
}
