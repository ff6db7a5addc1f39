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

/// Where there are fewer columns, words and bar are shorter, so that no line breaks.
let private header width (title: string) (p: TrainingProgress) =
    let wide = width >= TaskTable.roomy
    let fraction = float p.Step / float (max 1L p.TotalSteps)

    let eta =
        match remaining p with
        | Some t -> $"   about {Format.duration t} left"
        | None -> ""

    [
        text $"[bold]{Markup.Escape title}[/]  [grey]{phase p}[/]"
        text (
            TaskTable.coloured (if wide then 40 else 12) "deepskyblue1" fraction
            + $" {Format.percent fraction}   "
            + $"{Format.count p.Step} of {Format.count p.TotalSteps} steps × {p.Environments}{eta}"
        )
        text (
            $"episode {Format.count p.Episode}   elapsed {Format.duration p.Elapsed}   "
            + $"""{if wide then "environment" else "env"} steps/s {Format.number p.EnvStepsPerSecond}   """
            + $"updates/s {Format.number p.UpdatesPerSecond}"
        )
    ]

let private losses (p: TrainingProgress) =
    if p.Losses.Count = 0 then
        []
    else
        let parts = [ for kv in p.Losses -> $"{Markup.Escape kv.Key} {Format.number kv.Value}" ]
        [ text $"""[grey]{String.Join("   ", parts)}[/]""" ]

let private evaluation (p: TrainingProgress) =
    match p.LastEvaluation with
    | null -> []
    | e -> [
        text $"evaluation after step {Format.count e.Step}"

        for aggregate in p.Aggregates do
            let all = e.Over aggregate

            text (
                $"  %-8s{all.Name} success ever [bold]{Format.percent all.SuccessEver}[/], at end "
                + $"[bold]{Format.percent all.SuccessAtEnd}[/], return {Format.number all.Return}"
            )
      ]

/// Lines of a picture besides the tasks and the evaluation's: header, losses, blanks, the
/// evaluation's first line and what Ctrl-C does.
let private besideTasks = 9

/// The whole picture of a moment, for a terminal of so many columns and lines.
let picture (width, height) title (p: TrainingProgress) : IRenderable =
    let blank = text " "

    let tasks =
        if p.Tasks.Count + besideTasks + p.Aggregates.Count <= height then
            TaskTable.lines width p
        else
            TaskTable.packed width p

    Rows(
        header width title p
        @ losses p
        @ [ blank; tasks; blank ]
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

                context.UpdateTarget(
                    picture (console.Profile.Width, console.Profile.Height) title p
                )

            let publish p =
                if clock.Elapsed.TotalSeconds - drawn >= 0.25 then
                    draw p
                else
                    latest <- Some p

            let result = train publish
            latest |> Option.iter draw
            result)
