using MtrlFunctional.Networks;

namespace MtrlFunctional.Policies;

/// <summary>Layers on one row that are functions of its features.</summary>
internal static class RowFunctions
{
    private const float Epsilon = 1e-5f;

    /// <summary>The least square of the length of an independent vector, as in training (<c>Orthogonal</c>).</summary>
    internal const float LeastSquare = 1e-6f;

    /// <summary>ReLU or tanh; <paramref name="y"/> may be <paramref name="x"/>.</summary>
    internal static void Activate(Activation activation, ReadOnlySpan<float> x, Span<float> y)
    {
        if (activation.IsRelu)
            for (var i = 0; i < x.Length; i++)
                y[i] = MathF.Max(0, x[i]);
        else
            for (var i = 0; i < x.Length; i++)
                y[i] = MathF.Tanh(x[i]);
    }

    /// <summary>Layer normalisation.</summary>
    internal static void Normalise(ReadOnlySpan<float> x, ReadOnlySpan<float> gain, ReadOnlySpan<float> shift, Span<float> y)
    {
        double sum = 0, squares = 0;
        foreach (var number in x)
            sum += number;
        var mean = sum / x.Length;
        foreach (var number in x)
            squares += (number - mean) * (number - mean);
        var scale = 1 / Math.Sqrt((squares / x.Length) + Epsilon);
        for (var i = 0; i < x.Length; i++)
            y[i] = ((float)((x[i] - mean) * scale) * gain[i]) + shift[i];
    }

    /// <summary>The first features as (x − mean) / deviation within a bound, the others as they are.</summary>
    internal static void Standardise(
        ReadOnlySpan<float> x, ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation, float bound, Span<float> y)
    {
        x.CopyTo(y);
        for (var i = 0; i < mean.Length; i++)
            y[i] = Math.Clamp((x[i] - mean[i]) / deviation[i], -bound, bound);
    }

    /// <summary>x · scale + shift, each a single number or one of each feature.</summary>
    internal static void Scale(ReadOnlySpan<float> x, ReadOnlySpan<float> scale, ReadOnlySpan<float> shift, Span<float> y)
    {
        for (var i = 0; i < x.Length; i++)
            y[i] = (x[i] * scale[scale.Length == 1 ? 0 : i]) + shift[shift.Length == 1 ? 0 : i];
    }

    /// <summary>Modified Gram–Schmidt; vectors that depend on those before them become 0.</summary>
    internal static void Orthonormalise(ReadOnlySpan<float> x, int width, Span<float> y)
    {
        x.CopyTo(y);
        for (; y.Length > 0; y = y[width..])
        {
            var v = y[..width];
            var square = Dot(v, v);
            var scale = square > LeastSquare ? 1 / MathF.Sqrt(square) : 0;
            foreach (ref var number in v)
                number *= scale;
            for (var others = y[width..]; others.Length > 0; others = others[width..])
                RowProducts.Add(-Dot(v, others[..width]), v, others[..width]);
        }
    }

    /// <summary>A softmax of each <paramref name="size"/> numbers.</summary>
    internal static void Softmax(ReadOnlySpan<float> x, int size, Span<float> y)
    {
        for (var first = 0; first < x.Length; first += size)
        {
            var part = x.Slice(first, size);
            var (largest, sum) = (float.NegativeInfinity, 0f);
            foreach (var number in part)
                largest = MathF.Max(largest, number);
            for (var i = 0; i < size; i++)
                sum += y[first + i] = MathF.Exp(part[i] - largest);
            for (var i = 0; i < size; i++)
                y[first + i] /= sum;
        }
    }

    /// <summary>Within ± a bound.</summary>
    internal static void Limit(ReadOnlySpan<float> x, float bound, Span<float> y)
    {
        for (var i = 0; i < x.Length; i++)
            y[i] = Math.Clamp(x[i], -bound, bound);
    }

    /// <summary>1 in the place of the first of the largest, 0 elsewhere.</summary>
    internal static void Choose(ReadOnlySpan<float> x, Span<float> y)
    {
        var best = 0;
        for (var i = 1; i < x.Length; i++)
            if (x[i] > x[best])
                best = i;
        y.Clear();
        y[best] = 1;
    }

    private static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (var i = 0; i < x.Length; i++)
            sum += (double)x[i] * y[i];
        return (float)sum;
    }
}
