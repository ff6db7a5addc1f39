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

/// A name in `width` cells: its middle is left out, because names differ at either end.
let private shortened width (name: string) =
    if name.Length <= width then
        name
    else
        let tail = (width - 1) / 2
        $"{name.Substring(0, width - 1 - tail)}…{name.Substring(name.Length - tail)}"

let private column (table: Table) (title: string) (align: Justify) =
    TableColumn($"[grey]{title}[/]", Alignment = Nullable align, NoWrap = true)
    |> table.AddColumn
    |> ignore

/// Cells beside the name of a task, with long titles and with short ones.
let private besideLong, private besideShort = 84, 52

/// One line per task: training success as a bar, then the last evaluation. Titles, bars and then names are shortened so that no line
/// wraps.
let lines width (p: TrainingProgress) =
    let longest = p.Tasks |> Seq.map _.Name.Length |> Seq.fold max 4

    let bar, trained, evaluatedTitle =
        if width >= longest + besideLong then
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
                Markup.Escape(shortened (width - besideShort) task.Name)
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

/// Cells beside the name of a packed task: its success rate, "100 %", and the gaps before and behind it.
let private besideName = 8

/// The names of tasks, and the columns in which all of them fit into `height` lines: whole names, names
/// without a version, or names with the middle left out. The last choice may need more lines.
let private packing width height (names: string list) =
    let fits (names: string list) =
        let longest = names |> List.map String.length |> List.fold max 1
        let columns = max 1 (width / (longest + besideName))

        if names.Length <= columns * height then
            Some(names, columns)
        else
            None

    let plain = names |> List.map MtrlFunctional.Tasks.TaskName.plain

    match fits names |> Option.orElseWith (fun () -> fits plain) with
    | Some packing -> packing
    | None ->
        let narrowest = 8 + besideName
        let needed = (names.Length + height - 1) / height
        let columns = max 1 (min needed (width / narrowest))
        plain |> List.map (shortened (max 1 (width / columns - besideName))), columns

/// Several tasks per line, in column order: name and training success in the last 10 episodes. With more
/// tasks than `height` lines can contain, the last line has the number of the others.
let packed width height (p: TrainingProgress) =
    let height = max 1 (height - 1)
    let names, columns = packing width height [ for task in p.Tasks -> task.Name ]
    let depth = (p.Tasks.Count + columns - 1) / columns
    let isWhole = depth <= height
    let depth = if isWhole then depth else max 1 (height - 1)
    let shown = min p.Tasks.Count (depth * columns)
    let width = names |> List.map String.length |> List.fold max 4

    let cell (name: string, task: TaskProgress) =
        $"{Markup.Escape(name.PadRight width)} "
        + $"[{successColour task.SuccessEver}]%5s{Format.percent task.SuccessEver}[/]"

    let tasks = List.zip names (List.ofSeq p.Tasks) |> List.truncate shown
    let columns = tasks |> List.chunkBySize depth

    let line i =
        columns |> List.choose (List.tryItem i) |> List.map cell |> String.concat "  "

    let heading = "task".PadRight width + "  ever"
    let headings = columns |> List.map (fun _ -> heading) |> String.concat "  "

    Rows [
        Markup $"[grey]{headings}[/]" :> IRenderable
        for i in 0 .. depth - 1 do
            Markup(line i) :> IRenderable
        if not isWhole then
            Markup $"""[grey]and {Format.plural (p.Tasks.Count - shown) "more task"}[/]"""
            :> IRenderable
    ]
    :> IRenderable

/// Columns that a line per task needs.
let private narrowest = 80

/// One line per task where the lines contain them, else several tasks per line.
let fitted width height (p: TrainingProgress) =
    if p.Tasks.Count < height && width >= narrowest then
        lines width p
    else
        packed width height p
