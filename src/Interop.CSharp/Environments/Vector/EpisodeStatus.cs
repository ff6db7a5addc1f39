namespace MtrlFunctional.Environments;

/// <summary>Status of an episode after a step: running, or how it ended.</summary>
public enum EpisodeStatus
{
    /// <summary>The next step can follow.</summary>
    Running,

    /// <summary>A terminal state: no reward follows, so nothing is bootstrapped from it.</summary>
    Terminated,

    /// <summary>The time limit: rewards would have followed, so the value of the last observation is bootstrapped.</summary>
    Truncated,

    /// <summary>The simulation failed: the step is not a result of the action. Its transition is dropped.</summary>
    Unstable,
}
