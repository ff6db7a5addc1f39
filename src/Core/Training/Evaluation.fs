namespace MtrlFunctional.Training

open System

/// An episode of an evaluation.
[<Struct>]
type internal EvaluatedEpisode = {
    Episode: RunningEpisode
    /// The largest reward of a step; −∞ before the first.
    LargestReward: float
    /// Whether later steps do not count.
    IsOver: bool
}

/// A policy that plays tasks, each in an environment of its own.
type internal IEvaluatedPlay =
    /// Starts an episode of every task, counted from 0.
    abstract Begin: episode: int -> unit

    /// Steps the tasks whose episodes are not over, [tasks]; results of the others mean nothing.
    abstract Step: over: bool[] -> StepResult[]

/// The episodes of an evaluation.
type internal EvaluationPlan = {
    /// Episodes of each task, at least 1, [tasks].
    Episodes: int[]
    /// Steps after which an episode ends at the latest.
    Horizon: int
    /// Whether an episode ends with its first success, too.
    EndsAtSuccess: bool
}

/// Whole episodes without updates. Reading order: step → play → run → means.
module internal Evaluation =
    /// An episode whose physics failed has no success at its end, and the success that it had before.
    let private failed (success: Nullable<bool>) (episode: RunningEpisode) =
        let none = if success.HasValue then 0.0 else nan
        { episode with Ever = Double.MaxNumber(episode.Ever, none); AtEnd = none }

    let private step plan (result: StepResult) played =
        if played.IsOver then
            played
        else
            {
                Episode =
                    if result.IsUnstable then
                        failed result.Success played.Episode
                    else
                        RunningEpisode.step result.Reward result.Success played.Episode
                LargestReward =
                    if result.IsUnstable then
                        played.LargestReward
                    else
                        max played.LargestReward result.Reward
                IsOver = result.Ended || plan.EndsAtSuccess && result.Success.GetValueOrDefault()
            }

    /// An episode of every task that has so many.
    let private play plan (tasks: IEvaluatedPlay) number =
        let start count = {
            Episode = RunningEpisode.start
            LargestReward = -infinity
            IsOver = number >= count
        }

        let rec go steps played =
            let over = played |> Array.map _.IsOver

            if steps = plan.Horizon || Array.forall id over then
                played
            else
                Array.map2 (step plan) (tasks.Step over) played |> go (steps + 1)

        tasks.Begin number
        plan.Episodes |> Array.map start |> go 0

    /// The episodes of each task, [tasks][episodes].
    [<CompiledName("Run")>]
    let run plan tasks =
        let played = Array.init (Array.max plan.Episodes) (play plan tasks)

        plan.Episodes
        |> Array.mapi (fun task count -> Array.init count (fun number -> played[number][task]))

    /// Mean return and shares of episodes with success, of the episodes with an outcome: a step, or a failure.
    [<CompiledName("Means")>]
    let means (episodes: RunningEpisode[]) : EpisodeMeans =
        let counted =
            episodes |> Array.filter (fun e -> e.Steps > 0 || not (Double.IsNaN e.Ever))

        let mean number =
            Array.sumBy number counted / float counted.Length

        { Return = mean _.Return; Ever = mean _.Ever; AtEnd = mean _.AtEnd }
