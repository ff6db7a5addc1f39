/// A run of a sweep as a row of its table: where it lies, how it stands, what it reached.
module Mtrl.Cli.Tables.SweepRow

open System.IO
open MtrlFunctional.Storage
open Mtrl.Cli.Display
open Mtrl.Experiments
open Mtrl.Statistics

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

/// How a run stands, in a few words.
let inWords =
    function
    | Absent -> "to do"
    | Begun step -> $"step {Format.count step}"
    | Finished -> "finished"
    | Foreign _ -> "another"

/// A run, how it stands, and what its last evaluation measured.
type Row = { Run: SweptRun; State: State; Result: RunReport.Row option }
