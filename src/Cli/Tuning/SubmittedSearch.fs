/// A search whose trials are members of arrays of Slurm, one array a wave. Results are kept when a whole wave has ended: the same
/// seed gives the same search, in whatever order members end.
module MtrlFunctional.Cli.Tuning.SubmittedSearch

open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Storage
open MtrlFunctional.Tuning
open MtrlFunctional.Cli.Cluster
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Tables.SweepRow
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.Tuning.SearchRuns
open MtrlFunctional.Cli.Tuning.TrialRuns

/// All results of waves that ended, and the trials of the next one that did not, with their rungs.
let rec private advance keep (search: Search) (results: TrialResult list) =
    let wave = Asha.wave search.Halving results
    let outcomes = [ for trial, rung in wave -> ended search trial rung ]

    let left =
        List.zip wave outcomes |> List.filter (snd >> Option.isNone) |> List.map fst

    if wave.IsEmpty || not left.IsEmpty then
        results, left
    else
        (results, List.choose id outcomes)
        ||> List.fold (fun results r ->
            let results = results @ [ r ]
            keep results r
            results)
        |> advance keep search

let private isBusy row =
    row.State.IsQueued || row.State.IsRunning

/// Submits the runs of trials that are not done, or waits for those that are queued; returns the exit code.
let private submit cluster words (sweep: PlannedSweep) (search: Search) (left: (int * int) list) =
    let rungs = Map.ofList left
    let queue = Slurm.queue () |> Result.defaultWith refuse

    let trials = [
        for trial, runs in List.indexed search.Trials do
            for _ in runs -> trial + 1
    ]

    let rows = SubmittedSweep.rows queue sweep |> List.zip trials |> List.indexed

    let left = [
        for index, (trial, row) in rows do
            match Map.tryFind trial rungs with
            | Some rung when not (isDone (until search rung) row.Run) -> index, row, rung
            | _ -> ()
    ]

    match left |> List.filter (fun (_, row, _) -> isBusy row) with
    | [] ->
        let failures = [
            for _, row, _ in left do
                match row.State with
                | MemberState.Failed(_, why) -> $"failed: {(folderOf row.Run).Path}: {why}"
                | _ -> ()
        ]

        let told =
            [ for index, _, rung in left -> index, stopping search rung ]
            |> Submission.submit cluster words sweep

        failures @ [ told ] |> List.iter TrainingSession.notice

        if failures.IsEmpty then
            ExitCode.StartAgain
        else
            ExitCode.Stopped
    | busy ->
        TrainingSession.notice
            $"""{busy.Length} of {Format.plural left.Length "run"} are queued or running."""

        ExitCode.StartAgain

/// The runs of all trials of a search.
let sweepOf (search: Search) : PlannedSweep =
    let runs = List.concat search.Trials

    {
        Folder = Sweep.rootOf runs.Head
        File = JobArray.ofSearch
        Runs = runs
        Warnings = []
    }

/// Keeps the results of trials that ended, submits those that follow from them, and prints the table, or JSON. The exit code says
/// whether the same command has more to do: when they ended, or after a failure. `command`: options and words, which the file of
/// the array keeps.
let run isJson cluster command options words =
    let started = start options words
    let search = started.Search
    Slurm.require ()
    use _ = RunLock.Take((ReportFiles.folder started.Root).Path)
    use log = Journal.openAt started.Root started.Facts
    let results, left = advance (keep log started) search started.Earlier
    show isJson started results

    if left.IsEmpty then
        ExitCode.Done
    else
        let code = submit cluster command (sweepOf search) search left
        TrainingSession.notice "Repeat the same command when the runs have ended."
        code
