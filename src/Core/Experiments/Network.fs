namespace Mtrl.Experiments

/// `agent.actor.*`.
type ActorNetwork = {
    /// Width of the hidden layers. Source: PTSL, 326.
    HiddenDim: int
    /// Hidden layers.
    NumLayers: int
    /// Bounds of log σ: low, high.
    LogStdBounds: float * float
}

/// `agent.critic.*`.
type CriticNetwork = {
    /// Width of the hidden layers; follows the actor.
    HiddenDim: int
    /// Hidden layers; follows the actor.
    NumLayers: int
}

/// `agent.transition_model.transition_cfg.type`.
[<RequireQualifiedAccess>]
type TransitionKind =
    | None
    | Deterministic
    | Probabilistic

/// `agent.transition_model.transition_cfg.*`.
type TransitionModel = { Kind: TransitionKind; FeatureDim: int; LayerWidth: int }

/// Sizes for which the original caches head masks.
type Mask = { NumTasks: int; NumEvalEpisodes: int; BatchSize: int }
