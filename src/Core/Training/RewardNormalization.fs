namespace MtrlFunctional.Training

/// Scaling of a reward before it is stored or used for learning.
[<RequireQualifiedAccess>]
type RewardNormalization =
    /// Divided by a running standard deviation, per task: m ← 0.999 m + 0.001 r;
    /// v ← 0.999 v + 0.001 (r − m)²; r / (√v + 1e-8).
    | Running
    /// Stored as the environment returns it.
    | None
    /// Divided by ten, the largest reward of version 2.
    | Scaled

/// Exponentially weighted mean and variance of one task's rewards.
[<Struct>]
type internal RewardStatistics = { Mean: float; Variance: float }

/// Mean and variance of the discounted returns of one environment.
type internal ReturnStatistics = {
    /// G ← γ G (1 − terminated) + r; not reset where an episode is truncated.
    Return: float
    Mean: float
    Variance: float
    /// Number of rewards, plus 1e-4.
    Count: float
}

/// The formulas of reward normalisation. Statistics carry over from one episode to the next, and
/// the mean is never subtracted.
module internal RewardNormalization =
    /// Weight of a new reward in the running statistics of mtrl's environments.
    [<Literal>]
    let private Rate = 0.001

    /// The largest reward of version 2.
    [<Literal>]
    let private LargestReward = 10.0

    /// Keeps the division finite where the variance is 0.
    [<Literal>]
    let private Epsilon = 1e-8

    /// Statistics before the first reward.
    [<CompiledName("NoRewards")>]
    let noRewards: RewardStatistics = { Mean = 0.0; Variance = 1.0 }

    /// Statistics before the first return.
    [<CompiledName("NoReturns")>]
    let noReturns = { Return = 0.0; Mean = 0.0; Variance = 1.0; Count = 1e-4 }

    /// m ← (1 − a) m + a r; v ← (1 − a) v + a (r − m)² with the new m, where a is `rate`.
    [<CompiledName("Observe")>]
    let observe rate reward (statistics: RewardStatistics) : RewardStatistics =
        let mean = (1.0 - rate) * statistics.Mean + rate * reward
        let deviation = reward - mean

        {
            Mean = mean
            Variance = (1.0 - rate) * statistics.Variance + rate * (deviation * deviation)
        }

    /// r / (√v + 1e-8).
    [<CompiledName("Divide")>]
    let divide reward (statistics: RewardStatistics) =
        reward / (sqrt statistics.Variance + Epsilon)

    /// Normalisation without statistics: a tenth of the reward where rewards are scaled, else the reward.
    [<CompiledName("Scale")>]
    let scale normalization (reward: float) =
        match normalization with
        | RewardNormalization.Scaled -> reward / LargestReward
        | RewardNormalization.Running
        | RewardNormalization.None -> reward

    /// The normalised reward and the statistics, which include the reward.
    [<CompiledName("Normalize")>]
    let normalize normalization reward statistics =
        match normalization with
        | RewardNormalization.Running ->
            let next = observe Rate reward statistics
            struct (divide reward next, next)
        | RewardNormalization.None
        | RewardNormalization.Scaled -> struct (scale normalization reward, statistics)

    /// Divides a reward by its exponentially weighted standard deviation ("exponential" normalisation).
    ///
    /// Source: Meta-World's wrapper, which takes each reward into the statistics twice.
    [<CompiledName("ByExponential")>]
    let byExponential rate statistics reward =
        let next = statistics |> observe rate reward |> observe rate reward
        next, divide reward next

    /// Divides a reward by the standard deviation of discounted returns ("gymnasium" normalisation).
    ///
    /// Source: Gymnasium's NormalizeReward.
    [<CompiledName("ByReturn")>]
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

        next, reward / sqrt (next.Variance + Epsilon)
