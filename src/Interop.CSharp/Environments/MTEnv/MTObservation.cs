namespace MtrlFunctional.Environments;

/// <summary>Observation of a multitask environment, with the two entries of MTEnv's dictionary.</summary>
/// <param name="EnvObs">Observation of the environment ("env_obs"); an array of the caller.</param>
/// <param name="TaskObs">Observation of the task ("task_obs"); an array of the caller.</param>
public sealed record MTObservation(double[] EnvObs, double[] TaskObs);

/// <summary>Result of a step of a multitask environment.</summary>
/// <param name="Observation">After the step.</param>
/// <param name="Reward">The reward of the step.</param>
/// <param name="Terminated">A terminal state: no reward follows.</param>
/// <param name="Truncated">The time limit, or an unstable simulation.</param>
public sealed record MTStep(MTObservation Observation, double Reward, bool Terminated, bool Truncated)
{
    /// <summary>Whether the episode is over; the "done" of MTEnv.</summary>
    public bool Done => Terminated || Truncated;
}
