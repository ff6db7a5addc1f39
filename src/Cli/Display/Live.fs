/// Live display of a run on a terminal, redrawn at most four times a second.
///
/// Reading order: remaining → picture (pure: progress in, renderable out) → run.
module MtrlFunctional.Cli.Display.Live

open System
open Spectre.Console
open Spectre.Console.Rendering
open MtrlFunctional.Training
open MtrlFunctional.Cli.Output

/// Estimated time to the end at the speed of this process; none before its first step.
let remaining (p: TrainingProgress) =
    let steps = p.Step - p.FirstStep

    if steps <= 0L || p.Step >= p.TotalSteps then
        None
    else
        Some(p.Elapsed * (float (p.TotalSteps - p.Step) / float steps))

let private phase (p: TrainingProgress) =
    match p.Phase with
    | TrainingPhase.Warmup -> "filling the replay buffer"
    | TrainingPhase.Training -> "training"
    | TrainingPhase.Evaluating -> "evaluating"
    | TrainingPhase.Saving -> "saving"
    | _ -> "finished"

let private text (s: string) = Markup(s) :> IRenderable

/// On narrow terminals labels and bar are shorter, so that no line wraps.
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

/// Lines besides those of tasks and aggregates: header, losses, blanks, first line of the
/// evaluation, Ctrl-C.
let private besideTasks = 9

/// The complete display of a progress, for a terminal of `width` columns and `height` lines.
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

/// Draws the progress that `train` publishes, until it returns. Publications less than a quarter of a
/// second after the last drawing are skipped, except the final one; all are while the terminal does not
/// accept the last drawing, as after Ctrl-S.
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
                if clock.Elapsed.TotalSeconds - drawn >= 0.25 && ProcessOutput.isIdle () then
                    draw p
                else
                    latest <- Some p

            let result = train publish
            latest |> Option.iter draw
            result)
