/// The losses of soft actor-critic per row, [tasks; rows], at a view of a state. The caller decides how
/// rows are combined (their mean, or task by task) and, by the leaves of the view, which parameters learn.
///
/// Paper: Haarnoja et al. 2018, "Soft Actor-Critic Algorithms and Applications",
/// arXiv:1812.05905, §4–6. Where this differs from the paper:
///   [1] one temperature per task (Sodhani et al. 2021, arXiv:2102.06177);
///   [2] the temperature's loss is linear in α itself, not in log α, as in the original program.
module internal MtrlFunctional.Algorithms.SacLosses

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// The target of the critics for continuous actions, eq. 5–6: r + γ (1 − d) (min Q' − α log π'), with the regulariser
/// of the view in the place of α log π'. A constant.
let private targetOfVectors (view: SacView) (batch: Batch) =
    Tensors.constant Seq.singleton (fun () ->
        let regulariser = view.Regulariser.InTarget view.Alpha batch
        let next = PolicyView.sample view.Policy batch.NextObs batch.NextNoise
        let features = SacView.features view view.Target batch.NextObs
        let least = SacView.leastValue view view.Target features next.Action
        let soft = least .- regulariser next
        let discount = view.Policy.Agent.Config.Discount
        batch.Reward .+ discount *. Batch.continues batch .* soft)

/// The soft value that the critics should have, [tasks; rows]. A constant.
let target (view: SacView) batch =
    match view.Policy.Agent.Config.Actions with
    | SacActions.Box -> targetOfVectors view batch
    | SacActions.Discrete _ -> SacDiscreteLosses.target view batch

/// Q₁ and Q₂ of the actions of a batch, [tasks; rows] each, with gradients.
let private valuesOfActions (view: SacView) (batch: Batch) =
    let features = SacView.features view view.Critic batch.Obs

    match view.Policy.Agent.Config.Actions with
    | SacActions.Box -> SacView.values view view.Critic features batch.Action
    | SacActions.Discrete _ ->
        SacView.valuesOfActions view view.Critic features
        |> List.map (fun q -> Tensor.sumDim 2 (batch.Action .* q))

/// Eq. 5, for both critics: Σ (Q − target)², with the target of the same view.
let critic (view: SacView) (batch: Batch) =
    let target = target view batch

    valuesOfActions view batch
    |> List.map (fun q -> Tensor.square (q .- target))
    |> List.reduce (.+)

let private actorOfVectors (view: SacView) (batch: Batch) : ActorRows =
    let features, seen = SacView.featuresOfBoth view batch.Obs
    let policy = PolicyView.ofFeatures view.Policy seen
    let density = view.Policy.Agent.Config.SquashDensity
    let sample = TanhGaussian.sampleBy density policy batch.Noise
    let regulariser = view.Regulariser.InActorLoss view.Alpha batch
    let least = SacView.leastValue view view.Critic features sample.Action

    {
        Loss = regulariser sample .- least
        Gap =
            Tensor.neg (Tensor.detach sample.LogProb)
            |> ActorRows.gap view.Policy.Agent.Config view.Policy.ActiveTask
        Entropy = Tensor.detach (TanhGaussian.entropy policy)
    }

/// The loss of the actor, with the numbers that the temperatures learn from.
let actor (view: SacView) batch : ActorRows =
    match view.Policy.Agent.Config.Actions with
    | SacActions.Box -> actorOfVectors view batch
    | SacActions.Discrete _ -> SacDiscreteLosses.actor view batch

/// Eq. 18 [1] [2]: Σ α (mean of the task's gaps, by its share of the batch).
let temperature config (logAlpha: Tensor) (gaps: Tensor) =
    Tensor.sum (Tensor.reshape [| -1L |] (SacAgent.alpha config logAlpha) .* gaps)
