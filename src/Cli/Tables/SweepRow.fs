/// A run of a sweep as a row of its table: folder, state and result.
module MtrlFunctional.Cli.Tables.SweepRow

open System.IO
open MtrlFunctional.Storage
open MtrlFunctional.Cli.Display
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics

/// State of a run, from its folder.
type State =
    | NotStarted
    /// Newest checkpoint at this step.
    | InProgress of step: int64
    | Finished
    /// The folder holds a run of another configuration; it is never overwritten.
    | OtherConfiguration of step: int64

/// The folder of a run.
let folderOf (run: SweptRun) =
    RunFolder.OfSeed(run.Experiment.Setup.SaveDir, run.Experiment.Setup.SeedRef)

/// The deepest folder that contains all runs of a sweep: that of their experiment, or one above those of several.
let placeOf (runs: SweptRun list) =
    let rec common (a: string list) (b: string list) =
        match a, b with
        | x :: a, y :: b when x = y -> x :: common a b
        | _ -> []

    match runs |> List.map (Sweep.rootOf >> Path.GetFullPath) |> List.distinct with
    | [ single ] -> single
    | several ->
        several
        |> List.map (_.Split('/') >> List.ofArray)
        |> List.reduce common
        |> String.concat "/"
        |> fun path -> path + "/"

/// "hidden_dim=128/seed-1": path of the run within the folder of its sweep.
let nameIn place (run: SweptRun) =
    Path.GetRelativePath(place, (folderOf run).Path)

/// The state as text.
let describe =
    function
    | NotStarted -> "to do"
    | InProgress step -> $"step {Format.count step}"
    | Finished -> "finished"
    | OtherConfiguration _ -> "other configuration"

/// A run, its state, and the result of its last evaluation.
type Row = { Run: SweptRun; State: State; Result: RunReport.Row option }
