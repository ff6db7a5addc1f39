namespace MtrlFunctional.Experiments

open MtrlFunctional.Training

/// `agent.on_policy.*`: keys of agents that learn from episodes of their newest policy only.
type OnPolicyKeys = {
    /// Steps of all tasks in an iteration, rounded up to whole episodes.
    BatchSize: int
    /// Steps of an episode that is learned from.
    EpisodeLength: int
    /// Steps from its first success to the end of an episode that is learned from; none: it is not cut.
    StepsAfterSuccess: int option
    /// Episodes of each task in an iteration at least, where the others go by a priority; none: all tasks have as many.
    MinEpisodes: int option
    /// Episodes of a task at most; none: twice the mean.
    MaxEpisodes: int option
    Priority: TaskPriority
    /// Correlation of an action's exploration noise with that of the step before.
    NoiseCorrelation: float
    /// Samplers that take turns where tasks are not balanced.
    Workers: int
    /// λ of the advantages.
    Lambda: float
    /// Updates between the policy that plays an iteration and the one that learns from it.
    Lag: int
    /// Iterations are played without waiting for updates, at most that many ahead.
    Asynchronous: bool
    /// ρ̄ of V-trace.
    RhoBar: float
    /// c̄ of V-trace.
    CBar: float
    CenterAdvantages: bool
    PositiveAdvantages: bool
    /// Centre the advantages of each task by themselves.
    AdvantagesPerTask: bool
    /// Centre those of each minibatch anew.
    AdvantagesPerMinibatch: bool
    Entropy: EntropyMethod
    EntropyCoefficient: float
    /// The entropy that coefficients that learn aim at, in nats for each action.
    TargetEntropy: float
    /// Steps of their logarithms.
    EntropyRate: float
    StopEntropyGradient: bool
    SoftplusEntropy: bool
    /// Weight of the squares of mean actions beyond ±1.1.
    BoundsLoss: float
    InitStd: float
    MinStd: float
    /// Least σ of a task without success; none: `MinStd`.
    UnsolvedStd: float option
    /// None: any.
    MaxStd: float option
    /// One σ for each task.
    StdPerTask: bool
    Tanh: bool
    /// Of the policy.
    InitialWeights: InitialWeights
    Value: ValueKind
    /// Passes of the value function over an iteration's steps.
    ValueEpochs: int
    /// Layer normalisation in the value network.
    ValueLayerNorm: bool
    /// Values in units of each task's returns (PopArt).
    NormalizeValues: bool
    NormalizeObservations: bool
    /// Those of each task by themselves.
    ObservationsPerTask: bool
    /// Rows of a minibatch.
    Minibatch: int
    /// Longest gradient; none: any.
    MaxGradNorm: float option
    LearningRates: LearningRateSchedule
    /// Share of the run after which a linear schedule begins to fall.
    DecayStart: float
}
