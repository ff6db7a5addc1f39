/// The success rate of a policy, with its interval over goals of the same tasks.
module MtrlFunctional.Statistics.SuccessRate

open MtrlFunctional.Randomness

/// A share of episodes, in [0, 1], or another mean over them.
type Rate = {
    /// Mean over all episodes; NaN without any.
    Mean: float
    /// Under the bootstrap over the goals of each task; none with one goal a task.
    Interval: Aggregate.Interval option
}

/// Constant, so that equal evaluations give equal texts.
let private draws = Key.ofSeed 0L |> Key.forPurpose "successes"

/// The rate of an evaluation: 1 or 0 for each episode, or another score, a row for each task.
[<CompiledName("Estimate")>]
let estimate (successes: float[][]) : Rate = {
    Mean = Aggregate.mean (Array.concat successes)
    Interval = Aggregate.interval draws Aggregate.mean successes
}
