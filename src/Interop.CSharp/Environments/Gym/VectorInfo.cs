namespace MtrlFunctional.Environments.Gym;

/// <summary>Information of several environments besides rewards.</summary>
/// <remarks>Views of memory that the next call overwrites: copy data to retain it.</remarks>
public readonly ref struct VectorInfo
{
    /// <summary>Shape [count]: information of the last step of each environment, also if it ended the
    /// episode.</summary>
    public ReadOnlySpan<StepInfo> Steps { get; init; }

    /// <summary>
    /// Shape [count; observation size]: under <see cref="AutoresetMode.SameStep"/>, the true last
    /// observation of the episodes that this step ended; elsewhere left from before.
    /// </summary>
    public ReadOnlySpan<double> FinalObservations { get; init; }

    /// <summary>Shape [count]: which of its goals each environment is at.</summary>
    public ReadOnlySpan<int> Goals { get; init; }
}
