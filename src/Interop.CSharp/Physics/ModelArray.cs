namespace MtrlFunctional.Physics;

/// <summary>Element type of an array of the model.</summary>
internal enum ArrayKind
{
    Byte,
    Int32,
    Float32,
    Float64,
}

/// <summary>Location of an array of the engine's model: byte offsets into <c>mjModel</c>.</summary>
/// <param name="PointerAt">Offset of the pointer.</param>
/// <param name="Kind">Element type.</param>
/// <param name="RowsAt">Offset of the size that counts its rows.</param>
/// <param name="Columns">Elements a row.</param>
internal readonly record struct ModelArray(int PointerAt, ArrayKind Kind, int RowsAt, int Columns);

/// <summary>Location of a number, or a few, in the engine's model itself: a size, an option, a statistic.</summary>
/// <param name="At">Byte offset into <c>mjModel</c>.</param>
/// <param name="Kind">Element type.</param>
/// <param name="Count">Elements.</param>
internal readonly record struct ModelField(int At, ArrayKind Kind, int Count);
