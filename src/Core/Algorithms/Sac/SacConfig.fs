namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// The networks of an agent. Encoder, actor and critics have one set of layers for all tasks
/// unless their specs say otherwise.
type Architecture = {
    /// Task to context, or with `SacConfig.Context` a transition to its factor (`Posterior.product`); none: the task
    /// enters the networks by the observation alone, if at all.
    TaskEncoder: Spec option
    /// Observation and context to features. The critic trains it; actor and critic share it.
    Encoder: Spec
    /// Features to mean and log standard deviation of each number of an action, or to logits of discrete actions.
    Actor: Spec
    /// Features and action to one value, or features to a value of each choice; two critics are trained.
    Critic: Spec
    /// Parts of the encoder that the actor has for itself, by the beginning of their paths
    /// ("trunk/selection").
    ActorPrivateParts: string list
    /// Whether the actor's loss trains the private parts; else they are never trained.
    TrainsPrivateParts: bool
}

/// Gradient surgery of soft actor-critic.
type SacSurgery = internal {
    /// Surgery of the gradients of encoder, critics and task encoder.
    OfCritic: Surgery
    OfActor: Surgery
    /// Surgery of the temperatures; none: each learns from the rows of its task, as without surgery.
    OfTemperature: Surgery option
    /// Surgery of the loss of transition and reward model.
    OfTransition: Surgery
    OfDecoder: Surgery
    /// Whether a method also decides about parameters that belong to one task. Otherwise it reads the gradients of
    /// shared parameters; parameters of single tasks use their own gradient, as without surgery.
    OwnToo: bool
    /// Whether the task encoder descends the sum of the combined gradients of all losses that train it; else the combined
    /// gradient of the last loss alone.
    SumsLosses: bool
    /// The key of random numbers; each update derives its own key from it by the count of updates.
    Key: Key
}

/// The kind of action.
[<RequireQualifiedAccess>]
type SacActions =
    /// Vectors in (−1, 1): tanh of a Gaussian. The action is an input of the critics.
    | Box
    /// Choices, as one-hot rows (Christodoulou 2019, arXiv:1910.07207): actor and critics have an output
    /// for each. The target entropy is this share of log n, the entropy of equal probabilities.
    | Discrete of EntropyShare: float

/// Encodings of tasks that are inferred from transitions, in the place of encodings of a task's index.
type ContextConfig = internal {
    /// How contexts of updates are drawn.
    Draw: ContextDraw
    /// Weight of the divergence from the prior, the mean over the tasks, in the task encoder's gradient; none: no such
    /// gradient.
    KlWeight: float option
    /// Updates between draws of the encodings to explore with.
    ExploreEvery: int
}

/// Configuration of a soft actor-critic agent.
type SacConfig = {
    Tasks: int
    /// Numbers of an observation, one-hot task columns included.
    ObsSize: int
    /// Numbers of an action: the size of a continuous action, or the number of discrete ones.
    ActionSize: int
    /// Numbers of the actions of each task, at most `ActionSize`, if tasks differ; further numbers are padding. Empty:
    /// every action has all numbers.
    ActionSizes: int list
    Actions: SacActions
    Networks: Architecture
    /// Log σ of a Gaussian is between these: low, high. Source: mtrl, −20 and 2.
    LogStdBounds: float * float
    LogStdLimit: LogStdLimit
    /// How log π of squashed actions is computed.
    SquashDensity: SquashDensity
    /// γ, per environment step.
    Discount: float
    /// α at the start.
    InitTemperature: float
    /// Whether each task has its own α; else all share one.
    PerTaskTemperature: bool
    /// Temperatures of each task, for blocks of its rows that `RandomDraw.blocks` tells apart; 1: one for all of its rows.
    TemperaturesOfTask: int
    /// Steps between updates of actor and temperature.
    ActorEvery: int
    /// Steps between updates of the targets.
    TargetEvery: int
    /// τ of the target critics.
    CriticTau: float
    /// τ of the target encoder.
    EncoderTau: float
    ActorAdam: AdamRule
    CriticAdam: AdamRule
    TemperatureAdam: AdamRule
    TaskEncoderAdam: AdamRule
    /// The gradient of the critics' loss reaches the task encoder.
    CriticTrainsTaskEncoder: bool
    /// The gradient of the actor's loss reaches the task encoder.
    ActorTrainsTaskEncoder: bool
    /// For each task, the task encoding in updates and to explore with; empty: each its own.
    TrainingEncodings: TaskSampling list
    /// None: a task is known by its index.
    Context: ContextConfig option
    /// Tasks share nothing: each learns from the mean over its own rows, as if it were alone. Every
    /// network must be `PerTask`, with a temperature for each task.
    IndependentAgents: bool
    /// Precision of the products between hidden layers.
    Precision: Precision
    /// None: the gradient of the mean loss.
    Surgery: SacSurgery option
}

/// Surgery of critics and actor.
module internal SacSurgery =
    /// One method for all losses but the temperatures', for the gradients of shared parameters; the actor's losses may be
    /// negative (`Surgery.ofSignedLosses`).
    let both method' key = {
        OfCritic = method'
        OfActor = Surgery.ofSignedLosses method'
        OfTemperature = None
        OfTransition = method'
        OfDecoder = method'
        OwnToo = false
        SumsLosses = true
        Key = key
    }

    /// The key of the random numbers of a loss's surgery in the update after `updates` others.
    let key loss (updates: int64) (surgery: SacSurgery) =
        surgery.Key |> Key.forPurpose loss |> Key.at updates

    /// The memory of one part's surgery before the first update; empty without surgery.
    let start (config: SacConfig) (part: SacSurgery -> Surgery) =
        match config.Surgery with
        | Some surgery -> (part surgery).Start config.Tasks
        | None -> SurgeryState.empty
