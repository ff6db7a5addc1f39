/// Live display of a run on a terminal, redrawn at most four times a second.
///
/// Reading order: remaining → picture (pure: progress in, renderable out) → run.
module MtrlFunctional.Cli.Display.Live

open System
open System.Threading.Tasks
open Spectre.Console
open Spectre.Console.Rendering
open MtrlFunctional
open MtrlFunctional.Training
open MtrlFunctional.Cli.Output

/// The share of the steps of this process before which their speed says little.
let private leastShare = 0.01

/// Estimated time to the end at the speed of the steps of this process, with the evaluations to come; none before a hundredth
/// of them, and before learning begins.
let remaining (p: TrainingProgress) =
    let steps = float (p.Step - p.FirstStep)
    let all = float (p.TotalSteps - p.FirstStep)

    if
        steps <= 0.0
        || steps < leastShare * all
        || p.Step >= p.TotalSteps
        || p.Phase = TrainingPhase.Warmup
    then
        None
    else
        Some(p.Stepping * ((all - steps) / steps) + p.EvaluationsAhead)

let private phase (p: TrainingProgress) =
    match p.Phase with
    | TrainingPhase.Warmup -> "filling the replay buffer"
    | TrainingPhase.Training -> "training"
    | TrainingPhase.Evaluating -> "evaluating"
    | TrainingPhase.Saving -> "saving"
    | _ -> "finished"

let private line (s: string) = Markup s :> IRenderable

/// The end of a path that is too long for a line; the phase stands behind it.
let private shortened width (title: string) =
    let room = max 10 (width - 26)

    if title.Length <= room then
        title
    else
        "…" + title.Substring(title.Length - room + 1)

/// Terminal width from which labels and bar of the header are long.
let private roomy = 110

/// On narrow terminals labels and bar are shorter, so that no line is cut.
let private header width (title: string) (p: TrainingProgress) =
    let wide = width >= roomy

    let eta =
        match remaining p with
        | Some t -> $"   about {Durations.text t} left"
        | None -> ""

    [
        line $"[bold]{Markup.Escape(shortened width title)}[/]  [grey]{phase p}[/]"
        line (
            TaskTable.coloured (if wide then 40 else 12) "deepskyblue1" p.Share
            + $" {Format.percent p.Share}   "
            + $"{Format.count p.Step} of {Format.count p.TotalSteps} steps × {p.Environments}{eta}"
        )
        line (
            $"episode {Format.count p.Episode}   elapsed {Durations.text p.Elapsed}   "
            + $"""{if wide then "environment" else "env"} steps/s {Format.number p.EnvStepsPerSecond}   """
            + $"updates/s {Format.number p.UpdatesPerSecond}"
        )
    ]

/// As many measurements as one line contains.
let private losses width (p: TrainingProgress) =
    let add text (name: string, value) =
        let longer = $"{text}   {name} {Format.number value}".TrimStart()
        if longer.Length < width then longer else text

    match [ for kv in p.Losses -> kv.Key, kv.Value ] |> List.fold add "" with
    | "" -> []
    | text -> [ line $"[grey]{Markup.Escape text}[/]" ]

let private evaluation (p: TrainingProgress) =
    match p.LastEvaluation with
    | null -> []
    | e -> [
        line $"evaluation after step {Format.count e.Step}"

        for aggregate in p.Aggregates do
            let all = e.Over aggregate

            line (
                $"  %-8s{all.Name} success ever [bold]{Format.percent all.SuccessEver}[/], at end "
                + $"[bold]{Format.percent all.SuccessAtEnd}[/], return {Format.number all.Return}"
            )
      ]

/// Lines of tasks below which blank lines, losses and the evaluation are left out.
let private fewest = 4

/// The complete display of a progress, for a terminal of `width` columns and `height` lines. Whatever the
/// number of tasks, it has fewer lines than the terminal, so that its head stays in place.
let picture (width, height) title (p: TrainingProgress) : IRenderable =
    let head = header width title p
    let foot = line "[grey]Ctrl-C saves and stops[/]"
    // The cursor stands on a line of its own.
    let room = height - 1 - head.Length - 1

    let fits (parts: IRenderable list list) =
        room - List.sumBy List.length parts >= fewest

    let blank = [ line " " ]

    let isWhole =
        p.Tasks.Count + 1 <= room - 2 - (losses width p).Length - (evaluation p).Length

    let blank = if isWhole then blank else []

    let losses =
        if fits [ losses width p; evaluation p ] then
            losses width p
        else
            []

    let evaluation = if fits [ losses; evaluation p ] then evaluation p else []

    let left =
        max fewest (room - List.sumBy List.length [ losses; blank; blank; evaluation ])

    Rows(
        head
        @ losses
        @ blank
        @ [ TaskTable.fitted width left p ]
        @ blank
        @ evaluation
        @ [ foot ]
    )

/// A part of the console that is drawn over and over, with the size that the console had when it began.
type private Region(console: IAnsiConsole) =
    let ended = TaskCompletionSource()
    let mutable context: LiveDisplayContext option = None

    let region =
        console
            .Live(Text("starting …"))
            .Overflow(VerticalOverflow.Ellipsis)
            .Cropping(VerticalOverflowCropping.Bottom)
            .StartAsync(fun one ->
                context <- Some one
                ended.Task)

    member val Size = (console.Profile.Width, console.Profile.Height)

    member _.Draw(picture: IRenderable) =
        context |> Option.iter _.UpdateTarget(picture)

    member _.End() =
        ended.SetResult()
        region.GetAwaiter().GetResult()

/// Moves what the terminal shows out of its top, where it can be scrolled to.
let private scrollAway (console: IAnsiConsole) =
    if console.Profile.Capabilities.Ansi then
        console.Write(ControlCode(String('\n', console.Profile.Height) + "\u001b[H"))

/// Draws the progress that `train` publishes, until it returns. Publications less than a quarter of a
/// second after the last drawing are skipped, except the final one; all are while the terminal does not
/// accept the last drawing, as after Ctrl-S, and while its size changes. A terminal wraps the lines that it has when it becomes
/// narrower, so that they cannot be drawn over: with another size another region begins, at its top.
let run (console: IAnsiConsole) title (train: (TrainingProgress -> unit) -> 'result) =
    let clock = Diagnostics.Stopwatch.StartNew()

    let size () =
        console.Profile.Width, console.Profile.Height

    let mutable region = Region console
    let mutable seen = region.Size
    let mutable looked = -1.0
    let mutable latest = None
    let mutable isDrawn = true

    let draw p =
        region.Draw(picture region.Size title p)
        isDrawn <- true

    let renew () =
        region.End()
        scrollAway console
        region <- Region console

    let look p =
        looked <- clock.Elapsed.TotalSeconds
        let now = size ()

        if now = region.Size then
            draw p
        elif now = seen then
            renew ()
            draw p

        seen <- now

    let publish p =
        latest <- Some p
        isDrawn <- false

        if clock.Elapsed.TotalSeconds - looked >= 0.25 && ProcessOutput.isIdle () then
            look p

    try
        let result = train publish

        match latest with
        | Some p when size () <> region.Size ->
            renew ()
            draw p
        | Some p when not isDrawn -> draw p
        | _ -> ()

        result
    finally
        region.End()
