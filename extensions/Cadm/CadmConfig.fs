namespace MtrlFunctional.Cadm

open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors

/// `agent.cadm.*` of the model and of its context.
type ModelSettings = {
    /// K: steps that a context is computed from.
    History: int
    /// M: steps that are predicted with one context.
    Future: int
    /// Numbers of the context; 0: a plain model.
    Context: int
    /// Hidden layers of the context encoder and of both models, at least 1.
    Layers: int
    /// Units of a hidden layer.
    Units: int
    /// β: weight of the backward loss.
    BackwardWeight: float
    LearningRate: float
}

/// `agent.cadm.*` of planning by the cross-entropy method (Rubinstein 1999, doi:10.1023/A:1010091220143; for control Chua
/// et al. 2018, arXiv:1805.12114, section 5).
type PlanSettings = {
    /// Action sequences of an iteration, at least 1.
    Candidates: int
    /// Steps of a sequence, at least 1.
    Horizon: int
    /// At least 1.
    Iterations: int
    /// Number of sequences with the largest returns, from 1 to `Candidates`: the next iteration draws around their
    /// mean.
    Elites: int
    /// Weight of the former mean and deviation in the next ones, in [0, 1].
    Smoothing: float
    /// γ, per environment step: weighs predicted rewards.
    Discount: float
}

/// `agent.cadm.*` of a model that learns from the iterations of an on-policy agent.
type PassSettings = {
    /// Passes of the model over the steps of an iteration.
    Epochs: int
    /// Rows of a minibatch of the model.
    Minibatch: int
}

/// The parameters of context-aware dynamics models (Lee et al. 2020, arXiv:2005.06800).
type CadmConfig = {
    Settings: ModelSettings
    /// Numbers of the environment's own observation, s.
    StateSize: int
    Actions: ActionSpace
    /// Whether the model predicts ends of episodes.
    Terminates: bool
}

/// Sizes that follow from a configuration.
module CadmConfig =
    /// Numbers of an action.
    let actionSize config = ActionSpace.size config.Actions

    /// Steps of the history in an observation: the steps of a context, then the steps to predict.
    let history (settings: ModelSettings) : History = { Steps = settings.History + settings.Future }

    /// Numbers of a frame of an observation.
    let frameSize config =
        config.StateSize + actionSize config + 2

    /// Numbers of an observation.
    let obsSize config =
        ((history config.Settings).Steps + 1) * frameSize config

    /// Standard normal numbers that one plan takes.
    let noiseSize (plan: PlanSettings) config =
        plan.Iterations * plan.Horizon * actionSize config * plan.Candidates

    /// Inputs of both models before the context: state and action.
    let inputs config = config.StateSize + actionSize config

    /// Scaled outputs of the forward model: the change of the state, and the reward.
    let targets config = config.StateSize + 1

    /// Outputs of the forward model: the scaled changes, then the logit of the end of the episode.
    let outputs config =
        targets config + (if config.Terminates then 1 else 0)

    let adam (config: CadmConfig) =
        AdamRule(config.Settings.LearningRate, 0.9, 0.999, 1e-8, 0.0)
