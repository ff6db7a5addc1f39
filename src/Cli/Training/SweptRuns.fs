/// How the runs of a sweep stand, from what is on the disk.
module Mtrl.Cli.Training.SweptRuns

open System
open System.IO
open Mtrl.Cli
open Mtrl.Experiments
open Mtrl.Statistics
open MtrlFunctional.Storage
open MtrlFunctional.Training

/// What the folder of a run holds.
type State =
    | Absent
    /// A checkpoint of this step.
    | Begun of step: int64
    | Finished
    /// A run of another configuration, which nobody overwrites.
    | Foreign of step: int64

/// The folder of a run.
let folderOf (run: SweptRun) =
    RunFolder.OfSeed(run.Experiment.Setup.SaveDir, run.Experiment.Setup.SeedRef)

/// The folder that the combinations lie in.
let rootOf (run: SweptRun) =
    let saveDir, folder = run.Experiment.Setup.SaveDir, run.Job.Folder

    if folder = "" then
        saveDir
    else
        saveDir[.. saveDir.Length - folder.Length - 2]

/// "hidden_dim=128/seed-1": the run within its sweep.
let nameOf (run: SweptRun) =
    Path.GetRelativePath(rootOf run, (folderOf run).Path)

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
    | RunStanding.Finished when File.Exists(Path.Combine(folder.Path, "report.html")) -> Finished
    | _ -> Begun step

/// How a run stands, in a few words.
let inWords =
    function
    | Absent -> "to do"
    | Begun step -> $"step {Display.Format.count step}"
    | Finished -> "finished"
    | Foreign _ -> "another"

/// The means over the tasks at the last evaluation, if there was one.
let result (run: SweptRun) =
    let folder = folderOf run

    if folder.Exists && File.Exists folder.MetricsFile then
        let overall = RunReport.overall (ReportCommand.read None folder)

        if Double.IsFinite overall.SuccessEver then
            Some overall
        else
            None
    else
        None
