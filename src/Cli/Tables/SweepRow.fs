/// A run of a sweep as a row of its table: folder, state and result.
module MtrlFunctional.Cli.Tables.SweepRow

open System.IO
open MtrlFunctional.Storage
open MtrlFunctional.Cli.Display
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics

let folderOf (run: SweptRun) = RunFolder.Of(run.Experiment)

/// The deepest folder that contains all runs of a sweep: their experiment's folder, or a common parent of several.
let commonFolder (runs: SweptRun list) =
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
let nameIn folder (run: SweptRun) =
    Path.GetRelativePath(folder, (folderOf run).Path)

let describe state =
    let at step =
        if step = 0L then "" else $", step {Format.count step}"

    match state with
    | MemberState.NotStarted -> "to do"
    | MemberState.Stopped step -> $"step {Format.count step}"
    | MemberState.Queued step -> $"queued{at step}"
    | MemberState.Running step -> $"running{at step}"
    | MemberState.Failed(step, _) -> $"failed{at step}"
    | MemberState.Finished -> "finished"
    | MemberState.OtherConfiguration _ -> "other configuration"

/// A run, its state, and the result of its last evaluation.
type Row = { Run: SweptRun; State: MemberState; Result: RunReport.Row option }

/// `commonFolder` the runs of rows.
let commonFolderOfRows (rows: Row list) =
    commonFolder [ for row in rows -> row.Run ]
