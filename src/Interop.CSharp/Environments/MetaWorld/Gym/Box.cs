namespace MtrlFunctional.Environments.Gym;

/// <summary>A space of arrays whose numbers lie between bounds, as Gymnasium's <c>Box</c>. Immutable.</summary>
public sealed class Box
{
    private readonly double[] _low;
    private readonly double[] _high;
    private readonly int[] _shape;

    internal Box(double[] low, double[] high, params int[] shape) => (_low, _high, _shape) = (low, high, shape);

    /// <summary>Least values, row by row; −∞ where there is no bound.</summary>
    public ReadOnlySpan<double> Low => _low;

    /// <summary>Greatest values, row by row; ∞ where there is no bound.</summary>
    public ReadOnlySpan<double> High => _high;

    /// <summary>Numbers along each axis: [4], or [count; 4] of a vector of environments.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>Numbers in all.</summary>
    public int Size => _low.Length;

    /// <summary>Whether numbers lie in the space.</summary>
    /// <param name="values">As many as <see cref="Size"/>, else they do not.</param>
    /// <returns>False for NaN.</returns>
    public bool Contains(ReadOnlySpan<float> values)
    {
        if (values.Length != Size)
            return false;
        for (var i = 0; i < values.Length; i++)
        {
            if (!((float)_low[i] <= values[i] && values[i] <= (float)_high[i]))
                return false;
        }

        return true;
    }

    /// <summary>Random numbers of the space: uniform between two bounds, normal without bounds.</summary>
    /// <param name="key">The key of the draw: the same key gives the same numbers.</param>
    /// <param name="into">Receives <see cref="Size"/> numbers.</param>
    /// <exception cref="ArgumentException">A wrong length.</exception>
    public void Sample(Key key, Span<float> into)
    {
        if (into.Length != Size)
            throw new ArgumentException($"A sample of this space has {Size} numbers, there is room for {into.Length}.", nameof(into));
        for (var i = 0; i < into.Length; i++)
        {
            var numberKey = Keys.At(i, key);
            into[i] = (float)(double.IsFinite(_low[i]) && double.IsFinite(_high[i])
                ? _low[i] + ((_high[i] - _low[i]) * Keys.Uniform(numberKey))
                : Math.Clamp(Keys.Normal(numberKey), _low[i], _high[i]));
        }
    }

    /// <summary>Random numbers of the space.</summary>
    /// <param name="seed">The seed of the whole sequence.</param>
    /// <param name="number">Which sample of the sequence, for example the number of the step.</param>
    /// <returns>A new array of <see cref="Size"/> numbers.</returns>
    public float[] Sample(long seed, long number = 0)
    {
        var sample = new float[Size];
        Sample(Keys.At(number, Keys.ForPurpose("sample", Keys.OfSeed(seed))), sample);
        return sample;
    }

    /// <summary>The space of several arrays of equal spaces, one below the other.</summary>
    internal static Box Stack(IReadOnlyList<Box> rows) => new(
        [.. rows.SelectMany(row => row._low)], [.. rows.SelectMany(row => row._high)], rows.Count, rows[0].Size);

    /// <summary>The least space that holds them all.</summary>
    internal static Box Union(IReadOnlyList<Box> spaces) => new(
        [.. Enumerable.Range(0, spaces[0].Size).Select(i => spaces.Min(space => space._low[i]))],
        [.. Enumerable.Range(0, spaces[0].Size).Select(i => spaces.Max(space => space._high[i]))],
        spaces[0]._shape);
}
