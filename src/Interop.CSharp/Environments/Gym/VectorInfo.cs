namespace MtrlFunctional.Environments.Gym;

/// <summary>Information of several environments besides rewards.</summary>
/// <param name="Steps">Shape [count]: information of the last step of each environment, also if it ended the
/// episode.</param>
/// <param name="FinalObservations">
/// Shape [count; observation size]: under <see cref="AutoresetMode.SameStep"/>, the true last
/// observation of the episodes that this step ended; elsewhere left from before.
/// </param>
/// <param name="Goals">Shape [count]: which of its goals each environment is at.</param>
/// <remarks>Views of memory that the next call overwrites: copy data to retain it.</remarks>
public readonly record struct VectorInfo(
    ReadOnlyMemory<StepInfo> Steps, ReadOnlyMemory<double> FinalObservations, ReadOnlyMemory<int> Goals);
