namespace MtrlFunctional.Experiments

/// `agent.on_policy.entropy_method`.
[<RequireQualifiedAccess>]
type EntropyMethod =
    | None
    /// Added to what the policy maximises.
    | Regularized
    /// There, by a coefficient for each task that learns.
    | Tuned
    /// Added to the rewards before advantages are estimated.
    | Max

/// What estimates the value of an observation.
[<RequireQualifiedAccess>]
type ValueKind =
    /// A network that fits a normal distribution of returns, with one learned σ.
    | Gaussian
    /// A network that fits returns by squared error.
    | Squared
    /// Least squares on features of observation and time, anew in each iteration.
    | Linear

/// `agent.on_policy.initial_weights`.
[<RequireQualifiedAccess>]
type InitialWeights =
    | Glorot
    /// Those of the last layer are near 0.
    | He

/// `agent.on_policy.lr_schedule`.
[<RequireQualifiedAccess>]
type LearningRateSchedule =
    | Constant
    /// Down to zero at the end of the run.
    | Linear
