namespace MtrlFunctional.Environments.Gym;

/// <summary>Result of a step of one environment, in Gymnasium's order.</summary>
/// <param name="Observation">The next observation; an array owned by the caller.</param>
/// <param name="Reward">The reward, normalised if requested.</param>
/// <param name="Terminated">The task is done (only with termination on success; Meta-World has no terminal states).</param>
/// <param name="Truncated">The time is up, or the physics failed.</param>
/// <param name="Info">Further information.</param>
public readonly record struct StepResult(
    double[] Observation, double Reward, bool Terminated, bool Truncated, StepInfo Info);
