namespace MtrlFunctional.Training

open System

/// An episode in progress.
[<Struct>]
type internal RunningEpisode = {
    /// Steps so far.
    Steps: int
    /// Undiscounted sum of the rewards so far.
    Return: float
    /// 1 if any step so far was a success, 0 if none was; NaN if the task defines no success.
    Ever: float
    /// As `Ever`, for the newest step alone.
    AtEnd: float
}

/// Means over episodes of one task; NaN without an episode. Success is NaN if the task defines none.
[<Struct>]
type internal EpisodeMeans = { Return: float; Ever: float; AtEnd: float }

/// Sums over finished episodes of one task.
[<Struct>]
type internal EpisodeSums = { Episodes: int; Return: float; Ever: float; AtEnd: float }

/// The finished episodes of one task.
type internal TaskTally = {
    /// Episodes since the start of the run.
    Finished: int64
    /// Episodes since the newest line of the log.
    Interval: EpisodeSums
    /// The newest groups of episodes that ended together, newest first; at least ten episodes once ten have ended.
    Recent: EpisodeSums list
}

/// Steps of an episode.
module internal RunningEpisode =
    /// Before the first step.
    [<CompiledName("Start")>]
    let start = { Steps = 0; Return = 0.0; Ever = nan; AtEnd = nan }

    /// One more step. `success`: null if the task defines none.
    [<CompiledName("Step")>]
    let step reward (success: Nullable<bool>) (episode: RunningEpisode) =
        let now =
            if not success.HasValue then nan
            elif success.Value then 1.0
            else 0.0

        {
            Steps = episode.Steps + 1
            Return = episode.Return + reward
            Ever = Double.MaxNumber(episode.Ever, now)
            AtEnd = now
        }

    /// As numbers, to be saved.
    [<CompiledName("ToNumbers")>]
    let toNumbers (e: RunningEpisode) = [| float e.Steps; e.Return; e.Ever; e.AtEnd |]

    /// The inverse of `toNumbers`.
    [<CompiledName("OfNumbers")>]
    let ofNumbers (numbers: float[]) : RunningEpisode = {
        Steps = int numbers[0]
        Return = numbers[1]
        Ever = numbers[2]
        AtEnd = numbers[3]
    }

/// Addition of episodes.
module internal EpisodeSums =
    /// No episode.
    let none = { Episodes = 0; Return = 0.0; Ever = 0.0; AtEnd = 0.0 }

    /// A finished episode. An episode without steps is not counted.
    let ofEpisode (e: RunningEpisode) =
        if e.Steps = 0 then
            none
        else
            { Episodes = 1; Return = e.Return; Ever = e.Ever; AtEnd = e.AtEnd }

    /// The sums over the episodes of both arguments.
    let add a b = {
        Episodes = a.Episodes + b.Episodes
        Return = a.Return + b.Return
        Ever = a.Ever + b.Ever
        AtEnd = a.AtEnd + b.AtEnd
    }

    /// Mean return and shares of episodes with success.
    let means sums : EpisodeMeans =
        let count = float sums.Episodes

        {
            Return = sums.Return / count
            Ever = sums.Ever / count
            AtEnd = sums.AtEnd / count
        }

/// Counts of finished episodes, task by task: tasks may end their episodes at different times.
module internal TaskTally =
    /// Number of episodes in recent means.
    [<Literal>]
    let private Window = 10

    /// Before the first episode.
    let start = { Finished = 0L; Interval = EpisodeSums.none; Recent = [] }

    /// The newest groups that together hold `missing` episodes, and no older ones.
    let rec private newest missing groups =
        match groups with
        | group :: older when missing > 0 -> group :: newest (missing - group.Episodes) older
        | _ -> []

    /// Adds episodes that ended together.
    let finish ended tally =
        if ended.Episodes = 0 then
            tally
        else
            {
                Finished = tally.Finished + int64 ended.Episodes
                Interval = EpisodeSums.add tally.Interval ended
                Recent = newest Window (ended :: tally.Recent)
            }

    /// Starts a new interval, after a line of the log.
    let startInterval tally = { tally with Interval = EpisodeSums.none }

    /// The newest group of episodes: one episode, or all of an iteration.
    [<CompiledName("Newest")>]
    let newestMeans tally =
        tally.Recent
        |> List.tryHead
        |> Option.defaultValue EpisodeSums.none
        |> EpisodeSums.means

    /// Means over the recent episodes.
    [<CompiledName("Recent")>]
    let recentMeans tally =
        tally.Recent |> List.fold EpisodeSums.add EpisodeSums.none |> EpisodeSums.means

    /// Episodes that each task finished: the mean over the tasks, rounded down.
    let episodes (tallies: TaskTally[]) =
        (tallies |> Array.sumBy _.Finished) / int64 tallies.Length

    let private numbersOf sums = [| float sums.Episodes; sums.Return; sums.Ever; sums.AtEnd |]

    let private sumsOf (numbers: float[]) = {
        Episodes = int numbers[0]
        Return = numbers[1]
        Ever = numbers[2]
        AtEnd = numbers[3]
    }

    /// As numbers, to be saved.
    let toNumbers tally = [|
        float tally.Finished
        yield! numbersOf tally.Interval
        yield! tally.Recent |> Seq.collect numbersOf
    |]

    /// The inverse of `toNumbers`.
    let ofNumbers (numbers: float[]) =
        match
            numbers
            |> Array.skip 1
            |> Array.chunkBySize 4
            |> Array.map sumsOf
            |> List.ofArray
        with
        | interval :: recent -> {
            Finished = int64 numbers[0]
            Interval = interval
            Recent = recent
          }
        | [] -> invalidArg (nameof numbers) "A saved tally has at least five numbers."
