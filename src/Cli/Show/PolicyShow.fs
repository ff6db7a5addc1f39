/// A policy in all of its tasks at once: a row for each task, which turns green at success, beside a live
/// picture of one task after the other.
///
/// Reading order: Snapshot → picture (pure: snapshot in, renderable out) → line → live, plain.
module MtrlFunctional.Cli.Show.PolicyShow

open System
open System.Diagnostics
open System.Threading
open Spectre.Console
open Spectre.Console.Rendering
open MtrlFunctional.Rendering
open MtrlFunctional.Tasks
open MtrlFunctional.Training
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Show.Play

/// Contents of the view at one step.
type Snapshot = {
    Title: string
    /// Names of the tasks without version.
    Tasks: string[]
    Episode: int
    Episodes: int
    Horizon: int
    Now: EpisodeProgress[]
    /// The task in the picture, and the picture.
    Frame: (int * Frame) option
}

let private text (s: string) = Markup s :> IRenderable

let private row (snapshot: Snapshot) width task =
    let now = snapshot.Now[task]
    let name = Markup.Escape(snapshot.Tasks[task].PadRight width)

    let isShown = snapshot.Frame |> Option.exists (fun (shown, _) -> shown = task)

    let pointer = if isShown then "▸" else " "

    match now.FirstSuccess with
    | Some step -> text $"{pointer} [green3]✔ {name}  success at step {step}[/]"
    | None ->
        let fraction = float now.Step / float snapshot.Horizon
        text $"{pointer} [grey]· {name}[/]  [grey on grey19]{Format.bar 12 fraction}[/]"

let picture (snapshot: Snapshot) : IRenderable =
    let width = snapshot.Tasks |> Array.map String.length |> Array.max

    let rows =
        Rows [
            for task in 0 .. snapshot.Tasks.Length - 1 do
                row snapshot width task
            text " "
            text
                $"  episode {snapshot.Episode} of {snapshot.Episodes}: [bold]{solved snapshot.Now} of {snapshot.Tasks.Length}[/] tasks solved"
        ]

    let columns = Grid().AddColumn(GridColumn().NoWrap()).AddColumn()

    let right =
        match snapshot.Frame with
        | Some(_, frame) -> TerminalPicture.ofFrame frame
        | None -> text ""

    columns.AddRow(rows :> IRenderable, right) |> ignore

    Rows [
        text $"[bold]{Markup.Escape snapshot.Title}[/]"
        text " "
        columns :> IRenderable
    ]

/// The result of an episode: "success in 9 of 10 tasks (not in push)".
let line number (tasks: string[]) (final: EpisodeProgress[]) =
    let missed =
        Array.zip tasks final
        |> Array.filter (fun (_, progress) -> progress.FirstSuccess.IsNone)
        |> Array.map fst

    let exceptions =
        if missed.Length = 0 then
            ""
        else
            let names = String.Join(", ", missed)
            $" (not in {names})"

    $"episode {number}: success in {tasks.Length - missed.Length} of {tasks.Length} tasks{exceptions}"

let private plainNames (rollout: Rollout) = [|
    for name in rollout.Environments.TaskNames -> TaskName.plain name
|]

/// Pixels of the picture beside the rows; none where the terminal is narrow, has too few colours, or no
/// graphics library is available.
let private pictureSize (profile: Profile) tasks =
    let height = 2 * (tasks + 2)
    let width = min (profile.Width - 46) (height * 4 / 3)

    if width >= 16 && TerminalPicture.isPossible profile then
        Some(width, width * 3 / 8 * 2)
    else
        None

/// Seconds for which one task is in the picture.
let private turn = 2.0

/// Plays episodes on a terminal, no faster than real time; returns the last progress of each episode.
/// Raises OperationCanceledException at a stop.
let live (console: IAnsiConsole) title (rollout: Rollout) episodes (stop: CancellationToken) =
    let tasks = plainNames rollout
    let horizon = rollout.Environments.Spec.Horizon
    let clock = Stopwatch.StartNew()

    use renderer =
        pictureSize console.Profile tasks.Length
        |> Option.map (Recording.renderer rollout Cameras.close)
        |> Option.toObj

    let frame () =
        match renderer with
        | null -> None
        | renderer ->
            let task = int (clock.Elapsed.TotalSeconds / turn) % tasks.Length
            Some(task, renderer.Render task)

    let view number now =
        picture {
            Title = title
            Tasks = tasks
            Episode = number + 1
            Episodes = episodes
            Horizon = horizon
            Now = now
            Frame = frame ()
        }

    LiveView.run console rollout (fun show -> [
        for number in 0 .. episodes - 1 ->
            Play.episode rollout number (fun now ->
                stop.ThrowIfCancellationRequested()
                show now (fun () -> view number now))
    ])

/// Plays episodes as fast as they go, with a line for each.
let plain title (rollout: Rollout) episodes (stop: CancellationToken) =
    let tasks = plainNames rollout
    printfn $"{title}"

    [
        for number in 0 .. episodes - 1 do
            let final =
                Play.episode rollout number (fun _ -> stop.ThrowIfCancellationRequested())

            printfn $"{line (number + 1) tasks final}"
            final
    ]
