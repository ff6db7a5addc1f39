/// The losses of soft actor-critic per row, [tasks; rows], at a view of a state. The caller decides how
/// rows are combined (their mean, or task by task) and, by the leaves of the view, which parameters learn.
///
/// Papers: Haarnoja et al. 2018, "Soft Actor-Critic Algorithms and Applications", arXiv:1812.05905, §4–6;
/// Christodoulou 2019, "Soft Actor-Critic for Discrete Action Settings", arXiv:1910.07207, eq. 10–12: with discrete
/// actions, expectations over the policy in the place of a sample. Where this differs from the papers:
///   [1] one temperature per task (Sodhani et al. 2021, arXiv:2102.06177);
///   [2] the temperature's loss is linear in α itself, not in log α, as in the original program.
module internal MtrlFunctional.Algorithms.SacLosses

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// The policy at rows, [tasks; rows] each.
type private PolicyRows = {
    /// α log π of a sample, or another regulariser; with discrete actions its mean over the policy.
    Regulariser: Tensor
    /// min(Q₁, Q₂) of the sample; with discrete actions its mean over the policy.
    Value: Tensor
    /// The entropy, or its estimate −log π. A constant.
    EstimatedEntropy: Lazy<Tensor>
    /// A constant.
    Entropy: Lazy<Tensor>
}

/// For values by `weights` of the critics or of their target, at features of critics and of the actor. Raises
/// InvalidOperationException for discrete actions with a regulariser of continuous ones.
let private ofPolicy (view: SacView) batch regulariser weights (features, actorFeatures) noise =
    match view.Agent.Config.Actions with
    | SacActions.Box ->
        let policy = SacView.gaussian view actorFeatures
        let sample = TanhGaussian.sampleBy view.Agent.Config.SquashDensity policy noise

        {
            Regulariser = regulariser sample
            Value = SacView.values view weights features sample.Action |> List.reduce Tensor.minimum
            EstimatedEntropy = lazy (Tensor.neg (Tensor.detach sample.LogProb))
            Entropy = lazy (Tensor.detach (Gaussian.entropy policy))
        }
    | SacActions.Discrete _ ->
        let policy = SacView.categorical view actorFeatures
        let entropy = lazy (Tensor.detach (Categorical.entropy policy))

        let values =
            SacView.valuesOfActions view weights features |> List.reduce Tensor.minimum

        {
            Regulariser =
                match view.Regulariser.OfCategorical with
                | Some ofCategorical -> ofCategorical (SacView.alpha view batch) policy
                | None -> invalidOp "This regulariser is defined for continuous actions only."
            Value = Tensor.sumDim 2 (Categorical.probabilities policy .* values)
            EstimatedEntropy = entropy
            Entropy = entropy
        }

/// The soft value that the critics should have, eq. 5–6 (discrete: eq. 10), [tasks; rows]:
/// r + γ (1 − d) (min Q' − α log π'). A constant.
let target (view: SacView) (batch: Batch) =
    Tensors.constant Seq.singleton (fun () ->
        let target = SacView.target view

        let features =
            SacView.features view target batch.NextObs, SacView.actorFeatures view batch.NextObs

        let regulariser = view.Regulariser.InTarget (SacView.alpha view batch) batch
        let next = ofPolicy view batch regulariser target features batch.NextNoise
        let soft = next.Value .- next.Regulariser
        batch.Reward .+ view.Agent.Config.Discount *. Batch.continues batch .* soft)

/// Q₁ and Q₂ of the actions of a batch, [tasks; rows] each, with gradients.
let private valuesOfBatch (view: SacView) (batch: Batch) =
    let features = SacView.features view view.Critic batch.Obs

    match view.Agent.Config.Actions with
    | SacActions.Box -> SacView.values view view.Critic features batch.Action
    | SacActions.Discrete _ ->
        SacView.valuesOfActions view view.Critic features
        |> List.map (fun q -> Tensor.sumDim 2 (batch.Action .* q))

/// Eq. 5, for both critics: Σ (Q − target)².
let private toTarget target (view: SacView) (batch: Batch) =
    valuesOfBatch view batch
    |> List.map (fun q -> Tensor.square (q .- target))
    |> List.reduce (.+)

/// Eq. 5, with the target of the same view.
let critic (view: SacView) (batch: Batch) = toTarget (target view batch) view batch

/// Eq. 5 of critics behind their step, with the target before it. A constant.
let criticAfter (before: SacView) (view: SacView) (batch: Batch) =
    Tensors.constant Seq.singleton (fun () -> toTarget (target before batch) view batch)

let private targetEntropy (config: SacConfig) numbers =
    match config.Actions with
    | SacActions.Box -> -float numbers
    | SacActions.Discrete share -> share * log (float numbers)

/// The target entropies of tasks in nats: −(numbers of an action), or a share of the entropy of equal
/// probabilities; one number if it is equal for all tasks.
let targetEntropies (config: SacConfig) =
    match config.ActionSizes with
    | [] -> [ targetEntropy config config.ActionSize ]
    | sizes -> List.map (targetEntropy config) sizes

/// Entropy above the target entropy, of rows of the active task, or of all tasks.
let entropyGap config activeTask (entropy: Tensor) =
    match targetEntropies config, activeTask with
    | [ target ], _ -> -target +. entropy
    | targets, Some task -> -targets[task] +. entropy
    | targets, None ->
        let options = TensorOptions.ofTensor entropy

        entropy
        .- TensorOptions.fromDoubles options (List.toArray targets) [| int64 targets.Length; 1L |]

/// The actor's loss of rows, [tasks; rows] each; only the loss is recorded for gradients.
type ActorRows = {
    /// α log π − min Q (discrete: eq. 12).
    Loss: Tensor
    /// Entropy of the policy, or its estimate −log π, minus the target entropy.
    Gap: Tensor
    Entropy: Tensor
}

/// The loss of the actor, with the numbers that the temperatures learn from.
let actor (view: SacView) (batch: Batch) : ActorRows =
    let regulariser = view.Regulariser.InActorLoss (SacView.alpha view batch) batch
    let features = SacView.featuresOfBoth view batch.Obs
    let found = ofPolicy view batch regulariser view.Critic features batch.Noise

    {
        Loss = found.Regulariser .- found.Value
        Gap = entropyGap view.Agent.Config view.ActiveTask found.EstimatedEntropy.Value
        Entropy = found.Entropy.Value
    }

/// Eq. 18 [1] [2]: Σ α (mean of the task's gaps, by its share of the batch).
let temperature config (logAlpha: Tensor) (gaps: Tensor) =
    let alpha = SacAgent.alpha config logAlpha
    Tensor.sum (alpha .* Tensor.reshape (Tensor.shape alpha) gaps)
