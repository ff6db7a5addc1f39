/// What Meta-World's wrappers do to goals, rewards and observations, as pure functions.
module Mtrl.Tasks.Wrappers

open Mtrl.Random

/// Order of goals under random selection: one draw of the environment's generator each reset.
let randomSelection (seed: uint64) goals =
    let generator = Pcg64 seed
    Seq.initInfinite (fun _ -> generator.Choice(uint32 goals))

/// Order of goals under pseudo-random selection: all goals, then again all, each time shuffled on
/// from the order before.
let pseudoRandomSelection (seed: uint64) goals =
    seq {
        let generator = Pcg64 seed
        let order = Array.init goals id

        while true do
            generator.Shuffle order
            yield! Array.copy order
    }

/// Running statistics of the discounted return, for `byReturn`.
type ReturnStatistics = {
    /// G ← γ G (1 − terminated) + r; not reset where an episode is cut off.
    Return: float
    Mean: float
    Variance: float
    /// Number of rewards seen, and a little.
    Count: float
}

/// As before the first reward.
let noReturns = { Return = 0.0; Mean = 0.0; Variance = 1.0; Count = 1e-4 }

/// Divides a reward by the spread of discounted returns ("gymnasium" normalisation).
let byReturn discount statistics terminated reward =
    let s = statistics
    let total = s.Return * discount * (if terminated then 0.0 else 1.0) + reward
    let delta, count = total - s.Mean, s.Count + 1.0

    let next = {
        Return = total
        Mean = s.Mean + delta / count
        // Parallel-variance rule with a batch of one, whose variance is 0.
        Variance = (s.Variance * s.Count + delta * delta * s.Count / count) / count
        Count = count
    }

    next, reward / sqrt (next.Variance + 1e-8)

/// Exponentially forgetting statistics of the reward, for `byExponential`.
[<Struct>]
type ExponentialStatistics = { Mean: float; Variance: float }

/// As before the first reward.
let noRewards = { Mean = 0.0; Variance = 1.0 }

/// Divides a reward by its forgetting standard deviation ("exponential" normalisation). The original
/// takes each reward into the statistics twice.
let byExponential rate (statistics: ExponentialStatistics) reward =
    let learn (s: ExponentialStatistics) : ExponentialStatistics =
        let mean = (1.0 - rate) * s.Mean + rate * reward
        let away = reward - mean

        { Mean = mean; Variance = (1.0 - rate) * s.Variance + rate * (away * away) }

    let next = statistics |> learn |> learn
    next, reward / (sqrt next.Variance + 1e-8)

/// Observation for recurrent meta-learning: what was seen, done, earned (a tenth of the reward), and
/// whether the episode ended. After a reset the last three are zero.
let withHistory (obs: float[]) (action: float[]) reward ended =
    Array.concat [ obs; action; [| reward / 10.0; (if ended then 1.0 else 0.0) |] ]
