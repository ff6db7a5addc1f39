/// A run on a terminal: one picture that is drawn anew, at most four times a second.
///
/// Reading order: remaining → picture (pure: progress in, renderable out) → run.
module Mtrl.Cli.Display.Live

open System
open Spectre.Console
open Spectre.Console.Rendering
open MtrlFunctional.Training

/// Time to the end at the pace of this process; none before there is a pace.
let remaining (p: TrainingProgress) =
    let made = p.Step - p.FirstStep

    if made <= 0L || p.Step >= p.TotalSteps then
        None
    else
        Some(p.Elapsed * (float (p.TotalSteps - p.Step) / float made))

let private phase (p: TrainingProgress) =
    match p.Phase with
    | TrainingPhase.Warmup -> "filling the replay"
    | TrainingPhase.Training -> "training"
    | TrainingPhase.Evaluating -> "evaluating"
    | TrainingPhase.Saving -> "saving"
    | _ -> "finished"

let private text (s: string) = Markup(s) :> IRenderable

/// A bar in colour on a grey ground, so that its full width is seen.
let private coloured width colour fraction =
    $"[{colour} on grey19]{Format.bar width fraction}[/]"

let private header (title: string) (p: TrainingProgress) =
    let fraction = float p.Step / float (max 1L p.TotalSteps)

    let eta =
        match remaining p with
        | Some t -> $"   about {Format.duration t} left"
        | None -> ""

    [
        text $"[bold]{Markup.Escape title}[/]  [grey]{phase p}[/]"
        text (
            coloured 40 "deepskyblue1" fraction
            + $" {Format.percent fraction}   "
            + $"{Format.count p.Step} of {Format.count p.TotalSteps} steps × {p.Environments}{eta}"
        )
        text (
            $"episode {Format.count p.Episode}   elapsed {Format.duration p.Elapsed}   "
            + $"environment steps/s {Format.number p.EnvStepsPerSecond}   "
            + $"updates/s {Format.number p.UpdatesPerSecond}"
        )
    ]

let private losses (p: TrainingProgress) =
    if p.Losses.Count = 0 then
        []
    else
        let parts = [ for kv in p.Losses -> $"{Markup.Escape kv.Key} {Format.number kv.Value}" ]
        [ text $"""[grey]{String.Join("   ", parts)}[/]""" ]

let private evaluated (p: TrainingProgress) name =
    match p.LastEvaluation with
    | null -> None
    | evaluation -> evaluation.Tasks |> Seq.tryFind (fun task -> task.Name = name)

/// Below this many columns titles and bars are short, so that no number is broken over lines.
let private roomy = 110

/// One line a task: training success as a bar, the last evaluation beside it.
let private tasks width (p: TrainingProgress) =
    let bar, trained, evaluatedTitle =
        if width >= roomy then
            30, "success in the last 10 episodes", "evaluation: ever"
        else
            9, "last 10", "eval"

    let table = Table(Border = TableBorder.None)

    let column (title: string) (align: Justify) =
        TableColumn($"[grey]{title}[/]", Alignment = Nullable align, NoWrap = true)
        |> table.AddColumn
        |> ignore

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

let private evaluation (p: TrainingProgress) =
    match p.LastEvaluation with
    | null -> []
    | e -> [
        text (
            $"evaluation after step {Format.count e.Step}: success ever "
            + $"[bold]{Format.percent e.SuccessEver}[/], at end "
            + $"[bold]{Format.percent e.SuccessAtEnd}[/], return {Format.number e.Return}"
        )
      ]

/// The whole picture of a moment, for a terminal of so many columns.
let picture width title (p: TrainingProgress) : IRenderable =
    let blank = text " "

    Rows(
        header title p
        @ losses p
        @ [ blank; tasks width p; blank ]
        @ evaluation p
        @ [ text "[grey]Ctrl-C saves and stops[/]" ]
    )

/// Draws what `train` publishes until it returns. A publication sooner than a quarter of a second
/// after the last drawing is left out, except the final one.
let run (console: IAnsiConsole) title (train: (TrainingProgress -> unit) -> 'result) =
    let clock = Diagnostics.Stopwatch.StartNew()

    console
        .Live(Text("starting …"))
        .Overflow(VerticalOverflow.Ellipsis)
        .Start(fun context ->
            let mutable drawn = -1.0
            let mutable latest = None

            let draw p =
                drawn <- clock.Elapsed.TotalSeconds
                latest <- None
                context.UpdateTarget(picture console.Profile.Width title p)

            let publish p =
                if clock.Elapsed.TotalSeconds - drawn >= 0.25 then
                    draw p
                else
                    latest <- Some p

            let result = train publish
            latest |> Option.iter draw
            result)
