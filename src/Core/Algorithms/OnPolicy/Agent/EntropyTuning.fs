/// Entropy coefficient of each task, adjusted so that the entropy of the task's policy approaches a
/// target.
///
/// Paper: Haarnoja et al. 2018, "Soft Actor-Critic Algorithms and Applications", arXiv:1812.05905,
/// §5: a temperature α that moves with the distance of the entropy from a target, there in soft
/// actor-critic. Where this differs from the paper:
///   [1] one coefficient for each task (Sodhani et al. 2021, arXiv:2102.06177);
///   [2] log c moves by rate · gap once an iteration, without Adam, and without c as a factor of the
///       gradient: small and large coefficients change at the same rate;
///   [3] the gap is per action dimension, so that a rate does not depend on their number;
///   [4] a coefficient stays within a factor of 1,000 of its start: bounded where a
///       target cannot be reached.
module internal MtrlFunctional.Algorithms.EntropyTuning

open System

/// Largest factor between a coefficient and its start [4].
let span = 1e3

/// c after an iteration, from the entropy of its task in nats per action dimension: log c + rate
/// (target − entropy) [2]. A NaN entropy leaves c unchanged.
let next (tuning: TunedEntropy) (entropy: float) (coefficient: float) =
    let moved = coefficient * exp (tuning.Rate * (tuning.Target - entropy))

    if Double.IsNaN moved then
        coefficient
    else
        moved |> max (tuning.Start / span) |> min (tuning.Start * span)

/// The entropy that no policy falls below, in nats per action dimension; none: any.
let least actions =
    match actions with
    | PolicyKind.Gaussian({ MinStd = Some least } as std) ->
        let std =
            match std.Form with
            | LogStd -> least
            | SoftplusStd -> log (1.0 + exp least)

        Some(0.5 * (1.0 + log (2.0 * Math.PI)) + log std)
    | PolicyKind.Gaussian { MinStd = None } -> None
    | PolicyKind.Categorical -> Some 0.0

/// The dimensions of a task's action; a discrete action has one.
let dimensions (config: OnPolicyConfig) task =
    match config.Actions, config.ActionSizes with
    | PolicyKind.Gaussian _, [] -> config.ActionSize
    | PolicyKind.Gaussian _, sizes -> sizes[task]
    | PolicyKind.Categorical, _ -> 1

/// Before the first update, [tasks]; empty where none learns.
let start (config: OnPolicyConfig) =
    match config.Entropy with
    | Tuned tuning -> Array.create config.Tasks tuning.Start
    | NoBonus
    | InObjective _
    | InReward _ -> [||]

/// Entropy coefficients in the objective, [tasks], from the learned coefficients.
let coefficients (config: OnPolicyConfig) learned =
    match config.Entropy with
    | Tuned _ -> learned
    | InObjective(coefficient, _) -> Array.create config.Tasks coefficient
    | NoBonus
    | InReward _ -> Array.zeroCreate config.Tasks
