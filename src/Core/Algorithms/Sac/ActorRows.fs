namespace MtrlFunctional.Algorithms

open MtrlFunctional.Tensors

/// Results of the actor's stage for rows, [tasks; rows] each; only the loss is recorded for gradients.
type internal ActorRows = {
    /// α log π − min Q, with the regulariser of the view in the place of α log π; with discrete actions its mean over
    /// the policy.
    Loss: Tensor
    /// Entropy of the policy, or its estimate −log π, minus the target entropy.
    Gap: Tensor
    Entropy: Tensor
}

module internal ActorRows =
    let private target (config: SacConfig) numbers =
        match config.Actions with
        | SacActions.Box -> -float numbers
        | SacActions.Discrete share -> share * log (float numbers)

    /// The target entropies of tasks in nats: −(numbers of an action), or a share of the entropy of equal
    /// probabilities; one number if it is equal for all tasks.
    let targetEntropies (config: SacConfig) =
        match config.ActionSizes with
        | [] -> [ target config config.ActionSize ]
        | sizes -> List.map (target config) sizes

    /// Entropy above the target entropy, of rows of the active task, or of all tasks.
    let gap config activeTask (entropy: Tensor) =
        match targetEntropies config, activeTask with
        | [ target ], _ -> -target +. entropy
        | targets, Some task -> -targets[task] +. entropy
        | targets, None ->
            let place = TensorOptions.ofTensor entropy
            let shape = [| int64 targets.Length; 1L |]
            entropy .- TensorOptions.fromDoubles place (List.toArray targets) shape
