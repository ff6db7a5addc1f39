using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <content>Element types, devices, and access to tensor memory.</content>
public static partial class Ops
{
    /// <summary>The element type.</summary>
    public static Numeric NumericOf(Tensor x) => x.dtype.ToNumeric();

    /// <summary>The device of the tensor.</summary>
    public static Device DeviceOf(Tensor x) => x.device;

    /// <summary>Converted to an element type; shares memory if the type is the same.</summary>
    public static Tensor ToType(Tensor x, Numeric numeric) => x.to_type(numeric.ToScalarType());

    /// <summary>Copied to a device; shares memory if the device is the same.</summary>
    public static Tensor To(Tensor x, Device device) => x.to(device);

    /// <summary>Copied to main memory; shares memory if it is there already.</summary>
    public static Tensor ToCpu(Tensor x) => To(x, Cpu);

    /// <summary>The one element.</summary>
    /// <exception cref="ArgumentException">The tensor does not have exactly one element.</exception>
    public static double Item(Tensor x) =>
        x.numel() == 1
            ? Read<double, double>(x, ScalarType.Float64, values => values[0])
            : throw new ArgumentException($"Item needs one element, the tensor has shape [{string.Join(';', x.shape)}].", nameof(x));

    /// <summary>All elements in row-major order.</summary>
    public static float[] ToFloats(Tensor x) => Read<float, float[]>(x, ScalarType.Float32, values => values.ToArray());

    /// <summary>All elements in row-major order.</summary>
    public static double[] ToDoubles(Tensor x) => Read<double, double[]>(x, ScalarType.Float64, values => values.ToArray());

    /// <summary>All elements in row-major order.</summary>
    public static long[] ToLongs(Tensor x) => Read<long, long[]>(x, ScalarType.Int64, values => values.ToArray());

    /// <summary>The memory of the tensor. Valid until the tensor is disposed; writes change the tensor and all views.</summary>
    /// <exception cref="ArgumentException"><typeparamref name="T"/> is not the element type.</exception>
    /// <exception cref="NotSupportedException">Not contiguous, or not in main memory.</exception>
    public static Span<T> Data<T>(Tensor x)
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
        if (x.device.type != TorchSharp.DeviceType.CPU || !x.is_contiguous())
            throw new NotSupportedException("Only contiguous main memory can be read in place: use ToCpu and Contiguous first.");
        return MemoryMarshal.Cast<byte, T>(x.bytes);
    }

    /// <summary>The address of <see cref="Data{T}"/>, for native code that fills tensors.</summary>
    public static unsafe nint DataPointer(Tensor x) =>
        x.device.type == TorchSharp.DeviceType.CPU && x.is_contiguous()
            ? (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(x.bytes))
            : throw new NotSupportedException("Only contiguous main memory has an address here.");

    /// <summary>Overwrites a tensor with another one (broadcast, converted, across devices).</summary>
    public static void CopyFrom(Tensor target, Tensor source)
    {
        using var plain = target.detach();
        plain.copy_(source);
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
