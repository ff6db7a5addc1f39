namespace Mtrl.Tasks

/// Running mean and variance of one task's rewards, exponentially weighted.
[<Struct>]
type RewardScale = { Mean: float; Variance: float }

/// Division of rewards by their running standard deviation, so that no task drowns the others.
///
/// Source: the reward wrapper of mtrl's Meta-World environments: m ← 0.999 m + 0.001 r;
/// v ← 0.999 v + 0.001 (r − m)² with the new m; r / (√v + 1e-8). The mean is not subtracted, and
/// nothing is reset between episodes.
module RewardScale =
    let private rate = 0.001

    [<CompiledName("Start")>]
    let start = { Mean = 0.0; Variance = 1.0 }

    /// The scale after one more reward.
    [<CompiledName("Observe")>]
    let observe reward scale =
        let mean = (1.0 - rate) * scale.Mean + rate * reward
        let d = reward - mean
        { Mean = mean; Variance = (1.0 - rate) * scale.Variance + rate * d * d }

    /// The reward in units of the scale's standard deviation.
    [<CompiledName("Divide")>]
    let divide reward scale = reward / (sqrt scale.Variance + 1e-8)
