namespace MtrlFunctional.Physics;

/// <summary>Outcome of physics steps.</summary>
public enum StepOutcome
{
    /// <summary>The world moved on.</summary>
    Ok = 0,

    /// <summary>
    /// The engine detected NaN, infinity or a huge number and silently reset the whole world; or a position (metres,
    /// radians) or velocity (a second) is beyond 10⁵. The current state is not a result of the step: end the episode, drop
    /// the transition, count it, reset.
    /// </summary>
    Unstable = 1,
}
