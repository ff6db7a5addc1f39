/// What the entropy of each task counts in its objective: a number of its own, which learns to keep
/// the task's entropy where it should be.
///
/// Paper: Haarnoja et al. 2018, "Soft Actor-Critic Algorithms and Applications", arXiv:1812.05905,
/// §5: a price α of entropy that follows the entropy's distance from a target, there of soft
/// actor-critic. Where this differs from the paper:
///   [1] one coefficient for each task (Sodhani et al. 2021, arXiv:2102.06177);
///   [2] log c moves by rate · gap once an iteration, without Adam, and without c as a factor of the
///       gradient: a small coefficient grows as fast as a large one falls;
///   [3] the gap is that of one action, so that a rate means the same for any number of them;
///   [4] a coefficient stays within a factor of 1,000 of its start: where a target is out of reach for
///       long, it does not run away.
module internal MtrlFunctional.Algorithms.EntropyTuning

open System

/// How far a coefficient gets from its start, as a factor [4].
let span = 1e3

/// c after an iteration that left its task with an entropy, in nats for each action: log c + rate
/// (target − entropy) [2]. An entropy that is no number changes nothing.
let next (tuning: TunedEntropy) (entropy: float) (coefficient: float) =
    let moved = coefficient * exp (tuning.Rate * (tuning.Target - entropy))

    if Double.IsNaN moved then
        coefficient
    else
        moved |> max (tuning.Start / span) |> min (tuning.Start * span)

/// The entropy of an action, in nats, at the smallest σ of a policy; none: any.
let least (spread: ActionStd) =
    spread.MinStd
    |> Option.map (fun std -> 0.5 * (1.0 + log (2.0 * Math.PI)) + log std)

/// Before the first update, [tasks]; empty where none learns.
let start (config: OnPolicyConfig) =
    match config.Entropy with
    | Tuned tuning -> Array.create config.Tasks tuning.Start
    | NoBonus
    | InObjective _
    | InReward _ -> [||]

/// What the entropy of each task's rows counts in the objective, [tasks], given those that learn.
let coefficients (config: OnPolicyConfig) learned =
    match config.Entropy with
    | Tuned _ -> learned
    | InObjective(coefficient, _) -> Array.create config.Tasks coefficient
    | NoBonus
    | InReward _ -> Array.zeroCreate config.Tasks
