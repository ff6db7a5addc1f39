/// What soft actor-critic minimises: losses per row, [tasks; rows], of what a view reads. The caller decides how
/// rows are combined (their mean, or task by task) and, by the leaves of the view, which parameters learn.
///
/// Paper: Haarnoja et al. 2018, "Soft Actor-Critic Algorithms and Applications",
/// arXiv:1812.05905, §4–6. Where this differs from the paper:
///   [1] one temperature per task (Sodhani et al. 2021, arXiv:2102.06177);
///   [2] the temperature's loss is linear in α itself, not in log α, as in the original program.
module internal MtrlFunctional.Algorithms.SacLosses

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// The entropy that the temperature aims at, −(number of actions).
let targetEntropy (config: SacConfig) = -float config.ActionSize

/// The soft value that the critics should have, eq. 5–6: r + γ (1 − d) (min Q' − α log π'), with the regulariser of
/// the view in the place of α log π'. A constant.
let target (view: SacView) (batch: Batch) =
    Tensors.constant Seq.singleton (fun () ->
        let regulariser = view.Regulariser.InTarget view.Alpha batch
        let next = PolicyView.sample view.Policy batch.NextObs batch.NextNoise
        let features = SacView.features view view.Target batch.NextObs
        let least = SacView.leastValue view view.Target features next.Action
        let soft = least .- regulariser next
        let discount = view.Policy.Agent.Config.Discount
        batch.Reward .+ discount *. Batch.continues batch .* soft)

/// Eq. 5, for both critics: Σ (Q − target)², with the target of the same view.
let critic (view: SacView) (batch: Batch) =
    let target = target view batch
    let features = SacView.features view view.Critic batch.Obs

    SacView.values view view.Critic features batch.Action
    |> List.map (fun q -> Ops.Square(q .- target))
    |> List.reduce (.+)

/// How far −log π of each row lies above the entropy aimed at.
let entropyGap config (logProb: Tensor) =
    -targetEntropy config +. -1.0 *. logProb

/// What the actor's stage computes of rows, [tasks; rows] each; only the loss is recorded for gradients.
type ActorRows = {
    /// Eq. 9: α log π − min Q, with the regulariser of the view in the place of α log π.
    Loss: Tensor
    /// −log π − target entropy.
    Gap: Tensor
    Entropy: Tensor
}

/// The loss of the actor, with the numbers that the temperatures learn from.
let actor (view: SacView) (batch: Batch) : ActorRows =
    let features, seen = SacView.featuresOfBoth view batch.Obs
    let policy = PolicyView.ofFeatures view.Policy seen
    let sample = TanhGaussian.sample policy batch.Noise
    let regulariser = view.Regulariser.InActorLoss view.Alpha batch
    let least = SacView.leastValue view view.Critic features sample.Action

    {
        Loss = regulariser sample .- least
        Gap = entropyGap view.Policy.Agent.Config (Ops.Detach sample.LogProb)
        Entropy = Ops.Detach(TanhGaussian.entropy policy)
    }

/// Eq. 18 [1] [2]: Σ α (mean of the task's gaps, by its share of the batch).
let temperature config (logAlpha: Tensor) (gaps: Tensor) =
    Ops.Sum(Ops.Reshape(SacAgent.alpha config logAlpha, [| -1L |]) .* gaps)
