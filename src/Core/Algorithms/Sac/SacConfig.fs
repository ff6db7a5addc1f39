namespace Mtrl.Algorithms

open Mtrl.Networks
open MtrlFunctional.Tensors

/// The networks of an agent. Encoder, actor and critics have one set of layers for all tasks
/// unless their specs say otherwise.
type Architecture = {
    /// Task to context; none: the networks are not told the task, except by the observation.
    TaskEncoder: Spec option
    /// Observation and context to features. The critic trains it; actor and critic share it.
    Encoder: Spec
    /// Features to mean and log standard deviation of each action.
    Actor: Spec
    /// Features and action to one value; two of them are trained.
    Critic: Spec
    /// Parts of the encoder, by the beginning of their paths ("trunk/selection"), that the actor
    /// has for itself. Nothing trains them.
    ActorOwn: string list
}

/// What decides a soft actor-critic agent.
type SacConfig = {
    Tasks: int
    /// Numbers of an observation, one-hot task columns included.
    ObsSize: int
    ActionSize: int
    Networks: Architecture
    /// Between these log σ is squashed: low, high. Source: mtrl, −20 and 2.
    LogStdBounds: float * float
    /// γ, per environment step.
    Discount: float
    /// α at the start.
    InitTemperature: float
    /// One α per task; false: one for all.
    PerTaskTemperature: bool
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
    /// Of the products between hidden layers.
    Precision: Precision
}
