namespace MtrlFunctional.Environments;

/// <summary>
/// Everything that decides how the environments go on, as named arrays: to be stored in a checkpoint.
/// Names: "3/world" belongs to environment 3; names without a number hold one entry an environment.
/// </summary>
/// <param name="Numbers">Real numbers.</param>
/// <param name="Counters">Whole numbers and flags.</param>
public sealed record EnvironmentState(
    IReadOnlyDictionary<string, double[]> Numbers, IReadOnlyDictionary<string, long[]> Counters)
{
    /// <summary>The observations, where they are pictures: only the newest of a stack could be drawn again.</summary>
    public byte[]? Frames { get; init; }
}
