/// Trains a trial to a rung: in this process, or in one of its own.
module MtrlFunctional.Cli.Tuning.TrialRuns

open System
open System.IO
open System.Threading.Tasks
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Training
open MtrlFunctional.Tuning
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Output
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Tables.SweepRow
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.With

/// How the training of a trial to a rung ended.
[<RequireQualifiedAccess>]
type Outcome =
    /// With a result; a trial that diverged has no numbers.
    | Ended of TrialResult
    /// By a signal.
    | Stopped of exitCode: int
    | Failed of why: string

/// The step at which a run of a rung stops; none at the last.
let until (search: Search) rung =
    if rung = search.Halving.Rungs - 1 then
        None
    else
        Some(int64 search.Budgets[rung])

let private reached (search: Search) trial rung : TrialResult =
    let records = [
        for run in search.Trials[trial - 1] -> (RunResults.read None (folderOf run)).Records
    ]

    let mean metric =
        records |> List.averageBy (SearchMetric.at search.Budgets[rung] metric)

    {
        Trial = trial
        Rung = rung
        Metric = mean search.Metric
        Return = mean SearchMetric.Return
    }

let private diverged trial rung : TrialResult = {
    Trial = trial
    Rung = rung
    Metric = nan
    Return = nan
}

/// An update that is not finite leaves a report.
let private hasDiverged runs =
    runs |> List.exists (fun run -> Directory.Exists((folderOf run).CrashFolder))

/// Whether a run is where a rung stops it.
let isDone until run =
    match until with
    | Some step -> TrainingSession.hasReached step (folderOf run)
    | None -> SweepStatus.state run = MemberState.Finished

/// The result of a trial at a rung, wherever it was trained; none: its training did not end, or failed.
let ended (search: Search) trial rung =
    let runs = search.Trials[trial - 1]

    if List.forall (isDone (until search rung)) runs then
        Some(reached search trial rung)
    elif hasDiverged runs then
        Some(diverged trial rung)
    else
        None

/// The options of `mtrl train` that stop a run at a rung.
let stopping search rung = [
    for step in Option.toList (until search rung) do
        "--until"
        string step
]

/// Trains the seeds of a trial in this process.
let here (console: TrainingConsole) (status: StatusLine) (search: Search) trial rung =
    let runs, until = search.Trials[trial - 1], until search rung

    let publish (p: TrainingProgress) =
        status.Show
            $"trial {trial}: step {Format.count p.Step} of {Format.count search.Budgets[rung]}, {Durations.text p.Elapsed}"

    let rec train left =
        match left with
        | [] -> Outcome.Ended(reached search trial rung)
        | run :: later when isDone until run -> train later
        | run :: later ->
            match TrainingSession.trainQuietly publish until console run.Experiment with
            | TrainingEnd.Stopped -> Outcome.Stopped console.ExitCode
            | _ -> train later

    try
        train runs
    with
    | :? MtrlException when hasDiverged runs -> Outcome.Ended(diverged trial rung)
    | :? MtrlException as e -> Outcome.Failed e.Message
    | e when Failures.isOutOfMemory e -> Outcome.Failed Failures.outOfMemory

/// The words of `mtrl train` for a trial; processes that share a machine share its processors.
let private words (console: TrainingConsole) (search: Search) jobs trial rung =
    let run = search.Trials[trial - 1].Head

    [
        yield! Given.words ()
        "train"
        "--plain"
        "--alone"
        if console.Detach then
            "--detach"
        yield! stopping search rung
        yield! run.Job.Words
        $"setup.save_dir={ValueText.print (Value.Text run.Experiment.Setup.SaveDir)}"
        yield! TrainingProcess.threads (Environment.ProcessorCount / jobs) run.Experiment
    ]

/// Trains the seeds of a trial in a process of its own, which saves and stops when this one is asked to, or ends.
let apart (console: TrainingConsole) jobs (search: Search) trial rung : Task<Outcome> =
    let last = ref ""

    let words = StartedProcess.self () @ words console search jobs trial rung

    task {
        match! TrainingProcess.run console.Token words (fun line -> last.Value <- line) with
        | ExitCode.Done -> return Outcome.Ended(reached search trial rung)
        | _ when console.Token.IsCancellationRequested -> return Outcome.Stopped console.ExitCode
        | _ when hasDiverged search.Trials[trial - 1] -> return Outcome.Ended(diverged trial rung)
        | code when last.Value = "" ->
            return Outcome.Failed $"its process ended with exit code {code}"
        | _ -> return Outcome.Failed last.Value
    }
