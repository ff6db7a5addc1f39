namespace MtrlFunctional.Environments.Gym;

/// <summary>What a step of one environment returns, in Gymnasium's order.</summary>
/// <param name="Observation">What the step led to; the caller's own array.</param>
/// <param name="Reward">What it was worth, normalised if that was asked for.</param>
/// <param name="Terminated">The task is done (only with termination on success; Meta-World has no terminal states).</param>
/// <param name="Truncated">The time is up, or the physics failed.</param>
/// <param name="Info">What is reported beside.</param>
public readonly record struct StepResult(
    double[] Observation, double Reward, bool Terminated, bool Truncated, StepInfo Info);
