/// State and results of the runs of a sweep, read from their folders.
module Mtrl.Cli.Training.SweepStatus

open System
open System.IO
open Mtrl.Cli.Reports
open Mtrl.Cli.Results
open Mtrl.Cli.Tables.SweepRow
open Mtrl.Experiments
open Mtrl.Statistics
open MtrlFunctional.Training

/// The state of a run, from its folder.
let state (run: SweptRun) =
    let folder = folderOf run

    let step =
        match folder.Checkpoints.Newest() with
        | null -> 0L
        | newest -> newest.Step

    match RunStandings.Of run.Experiment with
    | RunStanding.New -> NotStarted
    | RunStanding.Foreign -> OtherConfiguration step
    // A run writes its report last.
    | RunStanding.Finished when File.Exists(Path.Combine(folder.Path, RunPages.main)) -> Finished
    | _ -> InProgress step

/// The means over the tasks at the last evaluation, if there was one.
let result (run: SweptRun) =
    let folder = folderOf run

    if folder.Exists && File.Exists folder.MetricsFile then
        let overall = RunReport.overall (RunResults.read None folder)

        if Double.IsFinite overall.SuccessEver then
            Some overall
        else
            None
    else
        None

/// The table row of a run in its current state.
let row run = { Run = run; State = state run; Result = result run }
