namespace MtrlFunctional.Storage;

/// <summary>Element types of a safetensors file, little-endian.</summary>
public enum SafetensorsType
{
    /// <summary>64-bit floating point.</summary>
    F64,

    /// <summary>32-bit floating point.</summary>
    F32,

    /// <summary>16-bit floating point, IEEE 754 half.</summary>
    F16,

    /// <summary>16-bit floating point with the exponent range of 32 bits.</summary>
    BF16,

    /// <summary>64-bit signed integer.</summary>
    I64,

    /// <summary>32-bit signed integer.</summary>
    I32,

    /// <summary>16-bit signed integer.</summary>
    I16,

    /// <summary>8-bit signed integer.</summary>
    I8,

    /// <summary>8-bit unsigned integer.</summary>
    U8,

    /// <summary>One byte, 0 or 1.</summary>
    BOOL,
}

/// <summary>Sizes of the element types.</summary>
internal static class SafetensorsTypes
{
    /// <summary>Bytes of one element.</summary>
    internal static int Size(this SafetensorsType type) => type switch
    {
        SafetensorsType.F64 or SafetensorsType.I64 => 8,
        SafetensorsType.F32 or SafetensorsType.I32 => 4,
        SafetensorsType.F16 or SafetensorsType.BF16 or SafetensorsType.I16 => 2,
        _ => 1,
    };

    /// <summary>Bytes of a tensor.</summary>
    /// <exception cref="OverflowException">The shape is absurd.</exception>
    internal static long BytesOf(this SafetensorsType type, IEnumerable<long> shape) =>
        shape.Aggregate((long)type.Size(), (bytes, size) => checked(bytes * size));

    internal static bool IsFloatingPoint(this SafetensorsType type) =>
        type is SafetensorsType.F64 or SafetensorsType.F32 or SafetensorsType.F16 or SafetensorsType.BF16;
}

/// <summary>Header entry of one tensor.</summary>
/// <param name="Name">Key of the tensor, unique in the file.</param>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Sizes, outermost first; empty for a scalar.</param>
/// <param name="Offset">First byte, counted from the start of the file.</param>
/// <param name="Bytes">Length of its data in bytes.</param>
public sealed record SafetensorsTensor(
    string Name, SafetensorsType Type, IReadOnlyList<long> Shape, long Offset, long Bytes)
{
    /// <summary>Number of elements: the product of the shape.</summary>
    public long Count => Bytes / Type.Size();
}
