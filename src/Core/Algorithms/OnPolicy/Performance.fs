/// Statistics of the episodes of an iteration, as garage logs them.
module internal MtrlFunctional.Algorithms.Performance

open System

/// Sums of an episode.
type EpisodeSummary = {
    Task: int
    /// Σ r.
    Return: float
    /// Σ γᵗ r from its start on.
    Discounted: float
    /// Whether any step succeeded; None: the environment reports no success.
    Succeeded: bool option
    /// Whether it ended before its time limit.
    Terminated: bool
}

/// Over episodes; all but the count are NaN where there are none.
type Summary = {
    Episodes: int
    AverageDiscountedReturn: float
    AverageReturn: float
    /// Dividing by the count.
    StdReturn: float
    MaxReturn: float
    MinReturn: float
    TerminationRate: float
    SuccessRate: float option
}

let private mean numbers =
    if Array.isEmpty numbers then nan else Array.average numbers

let private share flags =
    flags |> Array.map (fun flag -> if flag then 1.0 else 0.0) |> mean

/// Over all episodes with equal weight, whatever their task.
let summary (episodes: EpisodeSummary[]) : Summary =
    let returns = episodes |> Array.map _.Return
    let average = mean returns

    let extreme pick =
        if episodes.Length = 0 then nan else pick returns

    {
        Episodes = episodes.Length
        AverageDiscountedReturn = episodes |> Array.map _.Discounted |> mean
        AverageReturn = average
        StdReturn = returns |> Array.map (fun r -> (r - average) ** 2.0) |> mean |> Math.Sqrt
        MaxReturn = extreme Array.max
        MinReturn = extreme Array.min
        TerminationRate = episodes |> Array.map _.Terminated |> share
        SuccessRate =
            match Array.choose _.Succeeded episodes with
            | [||] when episodes.Length > 0 -> None
            | reported -> Some(share reported)
    }

/// The episodes of each of `tasks` tasks.
let perTask tasks (episodes: EpisodeSummary[]) : Summary[] =
    Array.init tasks (fun task -> episodes |> Array.filter (fun p -> p.Task = task) |> summary)
