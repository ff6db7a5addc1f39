namespace MtrlFunctional.Environments.Gym;

/// <summary>
/// Result of a step of several environments, in Gymnasium's order:
/// <c>var (observations, rewards, terminated, truncated, info) = environments.Step(actions);</c>
/// </summary>
/// <remarks>Views of memory that the next call overwrites: copy data to retain it.</remarks>
public readonly ref struct VectorStep
{
    /// <summary>Shape [count; observation size], row by row: the next input of a policy.</summary>
    public ReadOnlySpan<float> Observations { get; init; }

    /// <summary>Shape [count], normalised if requested.</summary>
    public ReadOnlySpan<double> Rewards { get; init; }

    /// <summary>Shape [count]: the task is done (only with termination on success).</summary>
    public ReadOnlySpan<bool> Terminated { get; init; }

    /// <summary>Shape [count]: the time is up, or the physics failed.</summary>
    public ReadOnlySpan<bool> Truncated { get; init; }

    /// <summary>Further information.</summary>
    public VectorInfo Info { get; init; }

    /// <summary>Takes the result apart.</summary>
    /// <param name="observations">Shape [count; observation size].</param>
    /// <param name="rewards">Shape [count].</param>
    /// <param name="terminated">Shape [count].</param>
    /// <param name="truncated">Shape [count].</param>
    /// <param name="info">Further information.</param>
    public void Deconstruct(
        out ReadOnlySpan<float> observations,
        out ReadOnlySpan<double> rewards,
        out ReadOnlySpan<bool> terminated,
        out ReadOnlySpan<bool> truncated,
        out VectorInfo info)
    {
        observations = Observations;
        rewards = Rewards;
        terminated = Terminated;
        truncated = Truncated;
        info = Info;
    }
}
