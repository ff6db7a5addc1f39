namespace TorchSharp;

public static unsafe partial class torch
{
    /// <summary>Uninitialised elements.</summary>
    public static Tensor empty(long[] size, ScalarType? dtype = null, Device? device = null)
    {
        fixed (long* sizes = size)
            return Native.mt_empty(sizes, size.Length, new NativeTensorOptions(dtype, device));
    }

    /// <summary>Zeros.</summary>
    public static Tensor zeros(long[] size, ScalarType? dtype = null, Device? device = null)
    {
        fixed (long* sizes = size)
            return Native.mt_zeros(sizes, size.Length, new NativeTensorOptions(dtype, device));
    }

    /// <summary>A constant.</summary>
    public static Tensor full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null)
    {
        fixed (long* sizes = size)
            return Native.mt_full(sizes, size.Length, value.Native, new NativeTensorOptions(dtype, device));
    }

    /// <summary>A copy of the numbers, in row-major order.</summary>
    public static Tensor tensor(float[] dataArray, long[] dimensions) =>
        Copy<float>(dataArray, dimensions, ScalarType.Float32);

    /// <summary>A copy of the numbers, in row-major order.</summary>
    public static Tensor tensor(double[] dataArray, long[] dimensions) =>
        Copy<double>(dataArray, dimensions, ScalarType.Float64);

    /// <summary>A copy of the numbers, in row-major order.</summary>
    public static Tensor tensor(long[] dataArray, long[] dimensions) =>
        Copy<long>(dataArray, dimensions, ScalarType.Int64);

    private static Tensor Copy<T>(ReadOnlySpan<T> data, long[] dimensions, ScalarType type)
        where T : unmanaged
    {
        var count = dimensions.Aggregate(1L, (product, size) => checked(product * size));
        if (count != data.Length)
            throw new ArgumentException(
                $"Shape [{string.Join(';', dimensions)}] has {count} elements, {data.Length} were given.", nameof(dimensions));
        fixed (T* first = data)
        fixed (long* sizes = dimensions)
            return Native.mt_from_data(first, sizes, dimensions.Length, (int)type);
    }
}
