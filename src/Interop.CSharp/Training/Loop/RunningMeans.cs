namespace MtrlFunctional.Training;

/// <summary>Means of named numbers since the last line of the log.</summary>
internal sealed class RunningMeans
{
    private readonly SortedDictionary<string, (double Sum, long Count)> _sums = new(StringComparer.Ordinal);

    /// <summary>The means now.</summary>
    internal IEnumerable<KeyValuePair<string, double>> Means =>
        _sums.Select(s => KeyValuePair.Create(s.Key, s.Value.Sum / s.Value.Count));

    /// <summary>Adds a measurement.</summary>
    internal void Add(string name, double value)
    {
        var (sum, count) = _sums.GetValueOrDefault(name);
        _sums[name] = (sum + value, count + 1);
    }

    /// <summary>Starts over.</summary>
    internal void Clear() => _sums.Clear();

    /// <summary>Names, and sum and count of each.</summary>
    internal (string[] Names, double[] Numbers) Save() =>
        ([.. _sums.Keys], [.. _sums.Values.SelectMany(v => new[] { v.Sum, v.Count })]);

    /// <summary>Restores the numbers that <see cref="Save"/> returned.</summary>
    internal void Restore(string[] names, double[] numbers)
    {
        _sums.Clear();
        for (var i = 0; i < names.Length; i++)
            _sums[names[i]] = (numbers[2 * i], (long)numbers[(2 * i) + 1]);
    }
}
