namespace Mtrl.Experiments

/// How losses of rows are joined.
[<RequireQualifiedAccess>]
type LossReduction =
    | Mean
    /// Kept per row, as gradient combination needs it.
    | None

/// `agent.builder.*`: the scalars of the algorithm. Two sets of defaults: the `state_` agents,
/// and the others in brackets.
type Scalars = {
    /// γ, per environment step.
    Discount: float
    /// α at the start: 1 [0.1].
    InitTemperature: float
    /// Environment steps between updates of actor and temperatures: 1 [2].
    ActorUpdateFreq: int
    /// τ of the target critics: 0.005 [0.01].
    CriticTau: float
    /// Environment steps between updates of the target critics: 1 [2].
    CriticTargetUpdateFreq: int
    /// τ of the target encoder.
    EncoderTau: float
    DecoderUpdateFreq: int
    /// λ of the latent penalty of a decoder.
    DecoderLatentLambda: float
    LossReduction: LossReduction
}

/// `agent.*`: everything that learns.
type Agent = {
    /// `agent.name`, a label.
    Name: string
    /// Width of an encoding; with the identity encoder the size of the observation.
    EncoderFeatureDim: int
    /// Layers and filters of the pixel encoder.
    PixelLayers: int
    PixelFilters: int
    Scalars: Scalars
    Actor: ActorNetwork
    Critic: CriticNetwork
    Encoder: Encoder
    Multitask: Multitask
    Optimizers: Optimizers
    Transition: TransitionModel
    Mask: Mask
    /// GradNorm's α: how strongly training rates are balanced.
    GradNormAlpha: float
    DistralAlpha: float
    DistralBeta: float
    /// `agent.task_to_encoder_cluster`: benchmark, expert, words.
    TaskClusters: (string * (string * string list) list) list
}
