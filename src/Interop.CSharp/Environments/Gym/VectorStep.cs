namespace MtrlFunctional.Environments.Gym;

/// <summary>
/// Result of a step of several environments, in Gymnasium's order:
/// <c>var (observations, rewards, terminated, truncated, info) = environments.Step(actions);</c>
/// </summary>
/// <param name="Observations">Shape [count; observation size], row by row: the next input of a policy.</param>
/// <param name="Rewards">Shape [count], normalised if requested.</param>
/// <param name="Terminated">Shape [count]: the task is done (only with termination on success).</param>
/// <param name="Truncated">Shape [count]: the time is up, or the physics failed.</param>
/// <param name="Info">Further information.</param>
/// <remarks>Views of memory that the next call overwrites: copy data to retain it.</remarks>
public readonly record struct VectorStep(
    ReadOnlyMemory<float> Observations,
    ReadOnlyMemory<double> Rewards,
    ReadOnlyMemory<bool> Terminated,
    ReadOnlyMemory<bool> Truncated,
    VectorInfo Info);
