/// The difference of success, or of returns, between goals that a policy was not trained on and training goals.
module MtrlFunctional.Statistics.GoalGap

open MtrlFunctional.Randomness

/// A difference of success rates, in [−1, 1], or of mean returns.
type Gap = {
    /// The score on unseen goals less the score on training goals, each the mean over all episodes.
    Difference: float
    /// Under the bootstrap over the goals of each task; none with one goal a task.
    Interval: Aggregate.Interval option
}

/// Constant, so that equal evaluations give equal texts.
let private draws = Key.ofSeed 0L |> Key.forPurpose "goals"

/// The gap between two evaluations of one policy: a score for each episode, 1 or 0 for success or not, a
/// row for each task.
/// Raises ArgumentException where one of them has no episodes.
[<CompiledName("Estimate")>]
let estimate (trained: float[][]) (unseen: float[][]) : Gap =
    let count = trained |> Array.sumBy Array.length

    if count = 0 || unseen |> Array.forall Array.isEmpty then
        invalidArg (nameof trained) "There are no episodes."

    // A draw has the rows one after the other, each with as many scores as before.
    let difference (scores: float[]) =
        Array.average scores[count..] - Array.average scores[.. count - 1]

    let rows = Array.append trained unseen

    {
        Difference = difference (Array.concat rows)
        Interval = Aggregate.interval draws difference rows
    }
