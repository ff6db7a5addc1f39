/// How the runs of a sweep stand, from what is on the disk.
module Mtrl.Cli.Training.SweepStatus

open System
open System.IO
open Mtrl.Cli.Reports
open Mtrl.Cli.Results
open Mtrl.Cli.Tables.SweepRow
open Mtrl.Experiments
open Mtrl.Statistics
open MtrlFunctional.Training

/// Looks at the folder of a run.
let state (run: SweptRun) =
    let folder = folderOf run

    let step =
        match folder.Checkpoints.Newest() with
        | null -> 0L
        | newest -> newest.Step

    match RunStandings.Of run.Experiment with
    | RunStanding.New -> Absent
    | RunStanding.Foreign -> Foreign step
    // The report is what a run writes last.
    | RunStanding.Finished when File.Exists(Path.Combine(folder.Path, RunPages.main)) -> Finished
    | _ -> Begun step

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

/// A run as it stands now.
let look run = { Run = run; State = state run; Result = result run }
