/// Scaling of observations, rewards and actions around an environment.
///
/// Source: NormalizedEnvWrapper of MTEnv. Statistics persist over episodes.
module internal MtrlFunctional.Training.NormalizedEnv

/// Statistics of each number of an observation, before the first observation.
let noObservations size : RewardStatistics[] =
    Array.create size RewardNormalization.noRewards

/// (x − m) / (√v + 1e-8) of each number, and the statistics m and v, which include x.
let observation rate (statistics: RewardStatistics[]) (obs: float[]) =
    let next = Array.map2 (RewardNormalization.observe rate) obs statistics

    let normalised =
        Array.map2
            (fun x (s: RewardStatistics) -> RewardNormalization.divide (x - s.Mean) s)
            obs
            next

    normalised, next

/// `scale` · r / (√v + 1e-8), and the statistics, which include r.
let reward rate scale statistics reward =
    let next = RewardNormalization.observe rate reward statistics
    scale * RewardNormalization.divide reward next, next

/// An action in [−s, s] mapped to [low, high] and limited to it.
let action s (low: float) (high: float) a =
    System.Math.Clamp(low + (a + s) * (high - low) / (2.0 * s), low, high)
