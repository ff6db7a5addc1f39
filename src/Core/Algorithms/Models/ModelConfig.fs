namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// A network that maps an encoding back to the observation.
type internal DecoderConfig = {
    /// Encoding to observation, the numbers of which are scaled to [−0.5, 0.5) (`ModelLosses.pixelTarget`).
    Network: Spec
    /// λ: weight of ½ ‖encoding‖² beside the reconstruction.
    LatentPenalty: float
    /// Steps between updates of the decoder.
    Every: int
    Adam: AdamRule
}

/// Networks that predict, from an encoding and an action, the next encoding and the reward.
type internal TransitionConfig = {
    /// Units of the hidden layer of the transition model.
    Hidden: int
    /// Whether the next encoding has a learned standard deviation, and other networks read a sample of it; else the
    /// standard deviation is 1, and they read the mean.
    IsProbabilistic: bool
    Adam: AdamRule
    RewardAdam: AdamRule
}

/// Distances that the contrastive loss compares.
[<RequireQualifiedAccess>]
type internal ContrastiveDistance =
    /// For each pair of rows, the distance of their task encodings and the 2-Wasserstein distance of the
    /// predictions from them (Zhang et al. 2021, arXiv:2007.07206, eq. 4).
    | EachPair
    /// The norms of two matrices with a row for each row of the batch: the original.
    | WholeBatch

/// The loss that fits distances of task encodings to distances of the dynamics.
type internal ContrastiveConfig = {
    Weight: float
    Distance: ContrastiveDistance
    /// Whether surgery combines the tasks' shares of the loss. Only a loss of pairs can be divided between tasks.
    WithSurgery: bool
}

/// A loss beside the losses of soft actor-critic.
[<RequireQualifiedAccess>]
type internal ModelLoss =
    | TransitionReward
    | Decoder
    | Contrastive

/// Configuration of soft actor-critic with models of observations and dynamics: SAC-AE has a decoder, DeepMDP a
/// transition and a reward model beside it, HiP-BMDP the contrastive loss, too.
type ModelConfig = internal {
    Agent: SacConfig
    Decoder: DecoderConfig option
    Transition: TransitionConfig option
    /// Needs a transition model, and a task encoding that the encoder appends.
    Contrastive: ContrastiveConfig option
    /// The rule of the encoder in the steps of transition model and decoder.
    EncoderAdam: AdamRule
    /// Losses whose gradients reach the task encoder.
    TaskEncoderLosses: ModelLoss list
    /// For each task, the task encoding that greedy actions are computed with; empty: each its own.
    EvaluatedEncodings: TaskSampling list
}

/// Configurations of agents with models.
module internal ModelConfig =
    /// An agent without models.
    let ofAgent (agent: SacConfig) : ModelConfig = {
        Agent = agent
        Decoder = None
        Transition = None
        Contrastive = None
        EncoderAdam = agent.CriticAdam
        TaskEncoderLosses = []
        EvaluatedEncodings = []
    }

    /// The method of surgery for the loss of transition and reward model. With a learned standard deviation the loss is
    /// a density's logarithm, which may be negative (`Surgery.ofSignedLosses`).
    let ofTransitionLoss (config: ModelConfig) (surgery: SacSurgery) =
        match config.Transition with
        | Some { IsProbabilistic = true } -> Surgery.ofSignedLosses surgery.OfTransition
        | _ -> surgery.OfTransition

    /// The surgery of the contrastive loss, if it has any.
    let ofContrastiveLoss (config: ModelConfig) : SacSurgery option =
        match config.Contrastive with
        | Some { Distance = ContrastiveDistance.EachPair; WithSurgery = true } ->
            config.Agent.Surgery
        | _ -> None
