/// How the runs of a sweep stand, from what is on the disk.
module Mtrl.Cli.Training.SweptRuns

open System
open System.IO
open Mtrl.Cli
open Mtrl.Experiments
open Mtrl.Statistics
open MtrlFunctional.Storage

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

let private isOf (run: SweptRun) (folder: RunFolder) =
    match Experiment.load (folder.ReadConfig()) with
    | Ok held -> Experiment.render held = Experiment.render run.Experiment
    | Error _ -> false

/// Looks at the folder of a run.
let state (run: SweptRun) =
    let folder = folderOf run

    match folder.Exists, Seq.tryHead (folder.Checkpoints.Steps()) with
    | false, _
    | true, None -> Absent
    | true, Some step when not (isOf run folder) -> Foreign step
    // The report is what a run writes last.
    | true, Some step when
        step >= int64 run.Experiment.Schedule.NumTrainSteps
        && File.Exists(Path.Combine(folder.Path, "report.html"))
        ->
        Finished
    | true, Some step -> Begun step

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
        let overall = RunReport.overall (ReportCommand.read folder)

        if Double.IsFinite overall.SuccessEver then
            Some overall
        else
            None
    else
        None
