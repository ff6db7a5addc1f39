/// Progress of each task as a table for a terminal: one line per task, or several tasks per line
/// where there are more tasks than lines.
module MtrlFunctional.Cli.Display.TaskTable

open System
open Spectre.Console
open Spectre.Console.Rendering
open MtrlFunctional.Training

/// A coloured bar on a grey background that shows its full width.
let coloured width colour fraction =
    $"[{colour} on grey19]{Format.bar width fraction}[/]"

let private evaluated (p: TrainingProgress) name =
    match p.LastEvaluation with
    | null -> None
    | evaluation -> evaluation.Tasks |> Seq.tryFind (fun task -> task.Name = name)

/// Terminal width below which titles and bars are shortened, so that no number wraps.
let roomy = 110

let private column (table: Table) (title: string) (align: Justify) =
    TableColumn($"[grey]{title}[/]", Alignment = Nullable align, NoWrap = true)
    |> table.AddColumn
    |> ignore

/// One line per task: training success as a bar, then the last evaluation.
let lines width (p: TrainingProgress) =
    let bar, trained, evaluatedTitle =
        if width >= roomy then
            30, "success in the last 10 episodes", "evaluation: ever"
        else
            9, "last 10", "eval"

    let table = Table(Border = TableBorder.None)

    let column = column table

    column "task" Justify.Left
    column trained Justify.Left
    column "ever" Justify.Right
    column "at end" Justify.Right
    column "return" Justify.Right
    column evaluatedTitle Justify.Right
    column "at end" Justify.Right

    for task in p.Tasks do
        let evaluation = evaluated p task.Name

        let shown pick =
            evaluation |> Option.map (pick >> Format.percent)

        table.AddRow(
            [|
                Markup.Escape task.Name
                coloured bar "green3" task.SuccessEver
                Format.percent task.SuccessEver
                Format.percent task.SuccessAtEnd
                Format.number task.Return
                shown _.SuccessEver |> Option.defaultValue "–"
                shown _.SuccessAtEnd |> Option.defaultValue "–"
            |]
        )
        |> ignore

    table :> IRenderable

let private successColour success =
    if success >= 0.9 then "green3"
    elif success > 0.0 then "yellow"
    else "grey"

/// Width of a packed task: the longest name, its success rate and the gap.
let private packedWidth = 37

/// Several tasks per line, in column order: name and training success in the last 10 episodes.
let packed width (p: TrainingProgress) =
    let columns = max 1 (width / packedWidth)
    let depth = (p.Tasks.Count + columns - 1) / columns
    let table = Table(Border = TableBorder.None)

    for _ in 1..columns do
        column table "task" Justify.Left
        column table "ever" Justify.Right

    let cells (task: TaskProgress) = [
        Markup.Escape task.Name
        $"[{successColour task.SuccessEver}]{Format.percent task.SuccessEver}[/]"
    ]

    for line in 0 .. depth - 1 do
        p.Tasks
        |> Seq.indexed
        |> Seq.filter (fun (i, _) -> i % depth = line)
        |> Seq.collect (snd >> cells)
        |> Seq.toArray
        |> table.AddRow
        |> ignore

    table :> IRenderable
