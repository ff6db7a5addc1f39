/// Losses of soft actor-critic with discrete actions: expectations over the policy in place of the samples of
/// `SacLosses`.
///
/// Paper: Christodoulou 2019, "Soft Actor-Critic for Discrete Action Settings", arXiv:1910.07207,
/// eq. 10–12.
module internal MtrlFunctional.Algorithms.SacDiscreteLosses

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Mean over the actions of a policy, [tasks; rows], of numbers [tasks; rows; actions].
let private mean policy (numbers: Tensor) =
    Tensor.sumDim 2 (Categorical.probabilities policy .* numbers)

/// min(Q₁, Q₂) of every action.
let private leastValues view weights features =
    SacView.valuesOfActions view weights features |> List.reduce Tensor.minimum

/// The regulariser of the view. Raises InvalidOperationException where it has none for discrete actions.
let private regulariser (view: SacView) policy =
    match view.Regulariser.OfCategorical with
    | Some ofCategorical -> ofCategorical view.Alpha policy
    | None -> invalidOp "This regulariser is defined for continuous actions only."

/// r + γ (1 − d) (Σ π' min Q' − regulariser), eq. 10. A constant.
let target (view: SacView) (batch: Batch) =
    Tensors.constant Seq.singleton (fun () ->
        let policy = PolicyView.categorical view.Policy batch.NextObs

        let values =
            SacView.features view view.Target batch.NextObs |> leastValues view view.Target

        let soft = mean policy values .- regulariser view policy
        let discount = view.Policy.Agent.Config.Discount
        batch.Reward .+ discount *. Batch.continues batch .* soft)

/// Regulariser − Σ π min Q, eq. 12.
let actor (view: SacView) (batch: Batch) : ActorRows =
    let features, actorFeatures = SacView.featuresOfBoth view batch.Obs
    let policy = PolicyView.categoricalOfFeatures view.Policy actorFeatures
    let values = Tensor.detach (leastValues view view.Critic features)
    let entropy = Tensor.detach (Categorical.entropy policy)

    {
        Loss = regulariser view policy .- mean policy values
        Gap = ActorRows.gap view.Policy.Agent.Config view.Policy.ActiveTask entropy
        Entropy = entropy
    }
