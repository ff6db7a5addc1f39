using static TorchSharp.torch;

namespace MtrlFunctional.Tensors;

/// <summary>Element type of a tensor.</summary>
public enum Numeric
{
    /// <summary>32 bits: training.</summary>
    Float32,

    /// <summary>64 bits: verification against recorded numbers.</summary>
    Float64,

    /// <summary>16 bits with the range of <see cref="Float32"/>: faster products.</summary>
    BFloat16,

    /// <summary>64-bit integers: indices.</summary>
    Int64,

    /// <summary>Unsigned 8-bit integers: pixels.</summary>
    Byte,

    /// <summary>True or false.</summary>
    Bool,
}

/// <summary>Precision of the matrix products of a network.</summary>
public enum Precision
{
    /// <summary>That of the parameters.</summary>
    Full,

    /// <summary>Operands rounded to bfloat16; parameters, their gradients and losses keep their type. Opt-in.</summary>
    BFloat16,
}

internal static class NumericNames
{
    internal static ScalarType ToScalarType(this Numeric numeric) =>
        numeric switch
        {
            Numeric.Float32 => ScalarType.Float32,
            Numeric.Float64 => ScalarType.Float64,
            Numeric.BFloat16 => ScalarType.BFloat16,
            Numeric.Int64 => ScalarType.Int64,
            Numeric.Byte => ScalarType.Byte,
            Numeric.Bool => ScalarType.Bool,
            _ => throw new ArgumentOutOfRangeException(nameof(numeric), numeric, "Unknown element type."),
        };

    internal static Numeric ToNumeric(this ScalarType type) =>
        type switch
        {
            ScalarType.Float32 => Numeric.Float32,
            ScalarType.Float64 => Numeric.Float64,
            ScalarType.BFloat16 => Numeric.BFloat16,
            ScalarType.Int64 => Numeric.Int64,
            ScalarType.Byte => Numeric.Byte,
            ScalarType.Bool => Numeric.Bool,
            _ => throw new NotSupportedException($"Tensors of {type} are not used here."),
        };
}
