namespace MtrlFunctional.Environments;

/// <summary>Saved state of a running episode.</summary>
/// <param name="Steps">Steps since the reset.</param>
/// <param name="Status">Whether and how it ended.</param>
/// <param name="Numbers">Named arrays of the environment.</param>
public sealed record EpisodeState(int Steps, EpisodeStatus Status, IReadOnlyDictionary<string, double[]> Numbers)
{
    /// <summary>A copy of a named array.</summary>
    /// <param name="name">Name of the numbers.</param>
    /// <param name="length">How many numbers it must have; null: any number.</param>
    /// <returns>A new array.</returns>
    /// <exception cref="MtrlException">The numbers are missing, or have another length.</exception>
    public double[] Read(string name, int? length)
    {
        if (!Numbers.TryGetValue(name, out var found))
            throw new MtrlException($"'{name}' is missing.");
        return length is null || found.Length == length
            ? [.. found]
            : throw new MtrlException($"'{name}' has {found.Length} entries, expected {length}.");
    }
}
