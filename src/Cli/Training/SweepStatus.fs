/// State and results of the runs of a sweep, read from their folders.
module MtrlFunctional.Cli.Training.SweepStatus

open System
open System.IO
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Reports
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Tables.SweepRow
open MtrlFunctional.Cli.With
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics
open MtrlFunctional.Training

/// The step of a run's newest checkpoint; 0 without one.
let savedStep run =
    match (folderOf run).Checkpoints.Newest() with
    | null -> 0L
    | newest -> newest.Step

/// The state of a run, from its folder.
let state (run: SweptRun) =
    let folder, step = folderOf run, savedStep run

    match RunStatuses.Of(run.Experiment, Given.extensions ()) with
    | RunStatus.New -> MemberState.NotStarted
    | RunStatus.OtherExperiment -> MemberState.OtherConfiguration step
    // A run writes its report last.
    | RunStatus.Finished when File.Exists(Path.Combine(folder.Path, RunPages.main)) ->
        MemberState.Finished
    | _ -> MemberState.Stopped step

/// The means over the tasks at the last evaluation, if there was one.
let result (run: SweptRun) =
    let folder = folderOf run

    if folder.Exists && File.Exists folder.MetricsFile then
        let overall = RunReport.overall (RunResults.read None folder)

        // Tasks that define no success have returns.
        if Double.IsFinite overall.SuccessEver || Double.IsFinite overall.Return then
            Some overall
        else
            None
    else
        None

/// The table row of a run in its current state.
let row run = { Run = run; State = state run; Result = result run }

/// Errors that prevent the start of these runs.
let obstacles (runs: SweptRun seq) = [
    for run in runs do
        match state run with
        | MemberState.OtherConfiguration step ->
            let folder = (folderOf run).Path
            let differences = RunStatuses.Differences(run.Experiment, Given.extensions ())

            $"{folder}: holds a run of another configuration (step {Format.count step}){differences}. "
            + $"Choose another {run.Experiment.Setup.FolderKey}, or remove the folder."
        | _ -> ()
]
