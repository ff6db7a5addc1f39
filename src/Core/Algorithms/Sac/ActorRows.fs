namespace MtrlFunctional.Algorithms

open MtrlFunctional.Tensors

/// What the actor's stage computes of rows, [tasks; rows] each; only the loss is recorded for gradients.
type internal ActorRows = {
    /// α log π − min Q, with the regulariser of the view in the place of α log π; over choices its mean.
    Loss: Tensor
    /// Entropy of the policy, or its estimate −log π, minus the target entropy.
    Gap: Tensor
    Entropy: Tensor
}

module internal ActorRows =
    /// The target entropy in nats: −(numbers of an action), or a share of the entropy of equal
    /// probabilities.
    let targetEntropy (config: SacConfig) =
        match config.Actions with
        | SacActions.Box -> -float config.ActionSize
        | SacActions.Discrete share -> share * log (float config.ActionSize)

    /// Entropy above the target entropy.
    let gap config (entropy: Tensor) = -targetEntropy config +. entropy
