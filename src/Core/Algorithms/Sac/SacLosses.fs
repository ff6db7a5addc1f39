/// What soft actor-critic minimises: losses per row, [tasks; rows]. The caller decides how rows
/// are joined (their mean, or task by task) and which parameters learn from them.
///
/// Paper: Haarnoja et al. 2018, "Soft Actor-Critic Algorithms and Applications",
/// arXiv:1812.05905, §4–6. Where this differs from the paper:
///   [1] one temperature per task (Sodhani et al. 2021, arXiv:2102.06177);
///   [2] the temperature's loss is linear in α itself, not in log α, as in the original program.
module internal Mtrl.Algorithms.SacLosses

open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional.Tensors

/// α of each task, [tasks; 1]; in shared mode that of the first task for all.
let alpha (config: SacConfig) (logAlpha: Tensor) =
    let tasks = int64 config.Tasks

    if config.PerTaskTemperature then
        Ops.Reshape(Ops.Exp logAlpha, [| tasks; 1L |])
    else
        Ops.Expand(Ops.Exp(Ops.Narrow(logAlpha, 0L, 0L, 1L)), [| tasks; 1L |])

/// The entropy that the temperature aims at, −(number of actions).
let targetEntropy (config: SacConfig) = -float config.ActionSize

/// The soft value that the critics should have, eq. 5–6: r + γ (1 − d) (min Q' − α log π'), where
/// `price` says α log π' of the next action. The actor looks through the encoder `sight`.
let target agent (price: Proposal -> Tensor) actor sight targetCritic context (batch: Batch) =
    let features = SacAgent.encode agent sight context batch.NextObs
    let policy = SacAgent.propose agent actor context features
    let next = TanhGaussian.draw policy batch.NextNoise
    let features = SacAgent.encode agent targetCritic context batch.NextObs

    let least =
        SacAgent.values agent targetCritic context features next.Action
        |> List.reduce (fun a b -> Ops.Minimum(a, b))

    let soft = least .- price next
    let going = 1.0 +. -1.0 *. batch.Terminal
    batch.Reward .+ agent.Config.Discount *. going .* soft

/// Eq. 5, for both critics: Σ (Q − target)².
let critic agent critic context (target: Tensor) (batch: Batch) =
    SacAgent.values
        agent
        critic
        context
        (SacAgent.encode agent critic context batch.Obs)
        batch.Action
    |> List.map (fun q -> Ops.Square(q .- target))
    |> List.reduce (.+)

/// Eq. 9: α log π − min Q, where `price` says α log π.
let actor agent (price: Proposal -> Tensor) critic context features (proposal: Proposal) =
    let least =
        SacAgent.values agent critic context features proposal.Action
        |> List.reduce (fun a b -> Ops.Minimum(a, b))

    price proposal .- least

/// How far −log π of each row lies above the entropy aimed at.
let entropyGap config (logProb: Tensor) =
    -targetEntropy config +. -1.0 *. logProb

/// Eq. 18 [1] [2]: Σ α (mean of the task's gaps, by its share of the batch).
let temperature config (logAlpha: Tensor) (gaps: Tensor) =
    Ops.Sum(Ops.Reshape(alpha config logAlpha, [| -1L |]) .* gaps)
