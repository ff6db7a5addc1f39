namespace MtrlFunctional.Environments.Gym;

/// <summary>What several environments report beside their rewards.</summary>
/// <remarks>Views of memory that the next call overwrites: copy what is to be kept.</remarks>
public readonly ref struct VectorInfo
{
    /// <summary>Shape [count]: what the last step of each environment reported, also where it ended the episode.</summary>
    public ReadOnlySpan<StepInfo> Steps { get; init; }

    /// <summary>
    /// Shape [count; observation size]: under <see cref="AutoresetMode.SameStep"/>, the true last
    /// observation of the episodes that this step ended; elsewhere left from before.
    /// </summary>
    public ReadOnlySpan<double> FinalObservations { get; init; }

    /// <summary>Shape [count]: which of its goals each environment is at.</summary>
    public ReadOnlySpan<int> Goals { get; init; }
}
