namespace MtrlFunctional.Tuning

open System

/// What a trial had reached at a rung.
type TrialResult = {
    /// From 1.
    Trial: int
    /// From 0, the smallest budget.
    Rung: int
    /// More is better; NaN: the trial diverged.
    Metric: float
    /// Of equal metrics the larger return is better: success is the same for many trials that have few steps.
    Return: float
}

/// The shape of a search.
type Halving = {
    Trials: int
    /// With one rung, every trial has the whole budget: a random search, or a grid.
    Rungs: int
    /// One of so many goes on to the next rung.
    Reduction: int
}

/// What to do next.
[<RequireQualifiedAccess>]
type Decision =
    | Train of trial: int * rung: int
    /// Nothing before another trial ends.
    | Wait
    | Finished

/// Asynchronous successive halving (Li et al. 2020, arXiv:1810.05934, algorithm 2).
///
/// Decisions follow from the results and from what is running alone, so that a search which was killed goes on, and one trial at a
/// time gives the same search each time.
module Asha =
    /// How good a result is: a higher rung before a higher metric, that before a higher return, divergence last.
    let internal worth (r: TrialResult) =
        if Double.IsNaN r.Metric then
            -1, 0.0, 0.0
        else
            r.Rung, r.Metric, r.Return

    /// Best first; equal ones in the order of their trials.
    let private ranked results =
        results |> List.sortBy _.Trial |> List.sortByDescending worth

    let private promotable halving (results: TrialResult list) started rung =
        let here = results |> List.filter (fun r -> r.Rung = rung)

        ranked here
        |> List.truncate (here.Length / halving.Reduction)
        |> List.filter (fun r ->
            not (Double.IsNaN r.Metric || Set.contains (r.Trial, rung + 1) started))
        |> List.tryHead
        |> Option.map (fun r -> Decision.Train(r.Trial, rung + 1))

    /// What to do with these results; `running` are trials with their rungs.
    let next halving (results: TrialResult list) (running: (int * int) list) =
        let started = set (running @ [ for r in results -> r.Trial, r.Rung ])

        let promoted =
            [ halving.Rungs - 2 .. -1 .. 0 ]
            |> List.tryPick (promotable halving results started)

        let fresh () =
            [ 1 .. halving.Trials ]
            |> List.tryFind (fun trial -> not (started.Contains(trial, 0)))
            |> Option.map (fun trial -> Decision.Train(trial, 0))

        promoted
        |> Option.orElseWith fresh
        |> Option.defaultValue (if running.IsEmpty then Decision.Finished else Decision.Wait)

    /// All trials that can be trained before another result is there, with their rungs. Where each wave ends before the next one,
    /// the order in which its trials end decides nothing.
    let wave halving results =
        let rec more running =
            match next halving results running with
            | Decision.Train(trial, rung) -> more (running @ [ trial, rung ])
            | Decision.Wait
            | Decision.Finished -> running

        more []

    /// The last result of each trial, best first (`worth`).
    let standings (results: TrialResult list) =
        results
        |> List.groupBy _.Trial
        |> List.map (fun (_, own) ->
            own
            |> List.tryFind (_.Metric >> Double.IsNaN)
            |> Option.defaultWith (fun () -> List.maxBy _.Rung own))
        |> ranked
