namespace TorchSharp;

/// <summary>A real number or an integer as an argument of a tensor operation, so that integer tensors stay integer.</summary>
public readonly struct Scalar
{
    internal readonly NativeScalar Native;

    private Scalar(double real, long whole, bool isWhole) =>
        Native = new NativeScalar { Real = real, Whole = whole, IsWhole = isWhole ? 1 : 0 };

    /// <summary>A whole number.</summary>
    public static implicit operator Scalar(int value) => new(value, value, true);

    /// <summary>A whole number.</summary>
    public static implicit operator Scalar(long value) => new(value, value, true);

    /// <summary>A real number.</summary>
    public static implicit operator Scalar(float value) => new(value, 0, false);

    /// <summary>A real number.</summary>
    public static implicit operator Scalar(double value) => new(value, 0, false);
}

/// <summary>mt_scalar of the C header.</summary>
internal struct NativeScalar
{
    internal double Real;
    internal long Whole;
    internal int IsWhole;
}
