/// Losses of soft actor-critic over choices: means over all choices where those of `SacLosses` take a sample.
///
/// Paper: Christodoulou 2019, "Soft Actor-Critic for Discrete Action Settings", arXiv:1910.07207,
/// eq. 10–12.
module internal MtrlFunctional.Algorithms.SacChoiceLosses

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Mean over the choices of a policy, [tasks; rows], of numbers [tasks; rows; choices].
let private mean policy (numbers: Tensor) =
    Ops.SumDim(Categorical.probabilities policy .* numbers, 2L, false)

/// min(Q₁, Q₂) of every choice.
let private leastValues view weights features =
    SacView.valuesOfChoices view weights features
    |> List.reduce (fun a b -> Ops.Minimum(a, b))

/// The regulariser of the view. Raises InvalidOperationException where it has none for choices.
let private regulariser (view: SacView) policy =
    match view.Regulariser.OfChoices with
    | Some ofChoices -> ofChoices view.Alpha policy
    | None -> invalidOp "This regulariser is of policies over vectors only."

/// r + γ (1 − d) (Σ π' min Q' − regulariser), eq. 10. A constant.
let target (view: SacView) (batch: Batch) =
    Tensors.constant Seq.singleton (fun () ->
        let policy = PolicyView.choices view.Policy batch.NextObs

        let values =
            SacView.features view view.Target batch.NextObs |> leastValues view view.Target

        let soft = mean policy values .- regulariser view policy
        let discount = view.Policy.Agent.Config.Discount
        batch.Reward .+ discount *. Batch.continues batch .* soft)

/// Regulariser − Σ π min Q, eq. 12.
let actor (view: SacView) (batch: Batch) : ActorRows =
    let features, actorFeatures = SacView.featuresOfBoth view batch.Obs
    let policy = PolicyView.choicesOfFeatures view.Policy actorFeatures
    let values = Ops.Detach(leastValues view view.Critic features)
    let entropy = Ops.Detach(Categorical.entropy policy)

    {
        Loss = regulariser view policy .- mean policy values
        Gap = ActorRows.gap view.Policy.Agent.Config view.Policy.ActiveTask entropy
        Entropy = entropy
    }
