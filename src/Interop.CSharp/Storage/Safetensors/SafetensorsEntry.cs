namespace MtrlFunctional.Storage;

/// <summary>One tensor to be written: its header entry, and how its bytes are produced.</summary>
/// <param name="Name">Key of the tensor, unique in the file.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Write">Writes exactly the promised bytes, little-endian, row by row.</param>
public sealed record SafetensorsEntry(
    string Name, SafetensorsType Type, IReadOnlyList<long> Shape, Action<Stream> Write)
{
    /// <summary>Length of the data in bytes, from shape and type.</summary>
    /// <exception cref="OverflowException">The shape is absurd.</exception>
    public long Bytes => Type.BytesOf(Shape);

    /// <summary>A tensor of numbers: float, double, long, int or byte.</summary>
    /// <param name="name">Key of the tensor.</param>
    /// <param name="values">Elements, row by row.</param>
    /// <param name="shape">Sizes; left out: one dimension.</param>
    /// <returns>The entry; it keeps the array.</returns>
    /// <exception cref="NotSupportedException">Elements of another type.</exception>
    public static SafetensorsEntry Of<T>(string name, T[] values, params long[] shape)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(values);
        var type = default(T) switch
        {
            float => SafetensorsType.F32,
            double => SafetensorsType.F64,
            long => SafetensorsType.I64,
            int => SafetensorsType.I32,
            byte => SafetensorsType.U8,
            _ => throw new NotSupportedException($"{name}: elements of {typeof(T).Name} have no type in a file of tensors."),
        };
        return new SafetensorsEntry(
            name, type, shape.Length == 0 ? [values.Length] : shape, stream => stream.Write(MemoryMarshal.AsBytes(values.AsSpan())));
    }

    /// <summary>Elements in memory, for example of a contiguous CPU tensor.</summary>
    /// <param name="name">Key of the tensor.</param>
    /// <param name="type">Element type of the memory.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="address">First byte; must stay valid until the file is written.</param>
    /// <returns>The entry.</returns>
    public static unsafe SafetensorsEntry OfMemory(
        string name, SafetensorsType type, IReadOnlyList<long> shape, nint address)
    {
        var bytes = type.BytesOf(shape);
        return new SafetensorsEntry(name, type, shape, stream =>
        {
            const int chunk = 1 << 24;
            for (long at = 0; at < bytes; at += chunk)
                stream.Write(new ReadOnlySpan<byte>((byte*)address + at, (int)Math.Min(chunk, bytes - at)));
        });
    }
}
