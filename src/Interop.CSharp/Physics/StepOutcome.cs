namespace MtrlFunctional.Physics;

/// <summary>How advancing the world went.</summary>
public enum StepOutcome
{
    /// <summary>The world moved on.</summary>
    Ok = 0,

    /// <summary>
    /// The engine met NaN, infinity or a huge number and silently put the whole world back to its
    /// start. The current state is not the result of the step: end the episode, drop the
    /// transition, count it, reset.
    /// </summary>
    Unstable = 1,
}
