/// How a demonstration looks while it is played: a live view on a terminal, a line an episode else.
///
/// Reading order: Scene → picture (pure: scene in, renderable out) → line, total.
module Mtrl.Cli.Show.DemoView

open System
open Spectre.Console
open Spectre.Console.Rendering
open MtrlFunctional.Rendering
open Mtrl.Cli.Display
open Mtrl.Cli.Show.Play

/// What is shown of a moment.
type Scene = {
    /// "reach-v3, scripted expert, goals of seed 42".
    Title: string
    /// From 1.
    Episode: int
    Episodes: int
    Horizon: int
    Now: EpisodeProgress
    /// The ends of the episodes before, the newest first.
    Past: EpisodeProgress list
    /// Draws the world, small enough for the terminal.
    Frame: (unit -> Frame) option
}

/// Meta-World's rewards of version 2 reach from 0 to 10.
let private mostReward = 10.0

let private success (moment: EpisodeProgress) =
    match moment.FirstSuccess with
    | Some step when moment.Success -> $"[green3]yes[/], since step {step}"
    | Some step -> $"at step {step}, not now"
    | None -> "[grey]not yet[/]"

let private gauge name colour fraction (text: string) =
    Markup $"[grey]%-9s{name}[/][{colour} on grey19]{Format.bar 40 fraction}[/] {text}"
    :> IRenderable

let private verdict (moment: EpisodeProgress) =
    match moment.FirstSuccess with
    | Some step -> $"success from step {step} on, at the end "
    | None -> "no success, at the end "
    + (if moment.Success then "yes" else "no")
    + $", return {Format.number moment.Return}"

/// What came of an episode, as a line.
let line number (moment: EpisodeProgress) = $"episode {number}: {verdict moment}"

/// What came of all episodes, as a line.
let total (moments: EpisodeProgress list) =
    let share holds =
        Format.percent (moments |> List.averageBy (fun m -> if holds m then 1.0 else 0.0))

    $"{moments.Length} episode(s): success at any step {share _.FirstSuccess.IsSome}, "
    + $"at the last step {share _.Success}, mean return "
    + Format.number (moments |> List.averageBy _.Return)

/// The whole view of a moment.
let picture (scene: Scene) : IRenderable =
    let now = scene.Now
    let text (s: string) = Markup s :> IRenderable

    Rows [
        text $"[bold]{Markup.Escape scene.Title}[/]"
        yield!
            scene.Frame
            |> Option.map (fun draw -> TerminalPicture.ofFrame (draw ()))
            |> Option.toList
        gauge
            "step"
            "deepskyblue1"
            (float now.Step / float scene.Horizon)
            $"{now.Step} of {scene.Horizon}, episode {scene.Episode} of {scene.Episodes}"
        gauge "reward" "orange3" (now.Reward / mostReward) (Format.number now.Reward)
        text $"[grey]success  [/]{success now}"
        text $"[grey]return   [/]{Format.number now.Return}"
        yield!
            scene.Past
            |> List.mapi (fun i past -> text $"[grey]{line (scene.Past.Length - i) past}[/]")
            |> List.truncate 5
    ]

/// Draws what `play` shows until it returns, at most ten times a second, and no faster than the
/// robot moves.
let live (console: IAnsiConsole) (play: (Scene -> unit) -> 'result) =
    let clock = Diagnostics.Stopwatch.StartNew()

    console
        .Live(Text "starting …")
        .Overflow(VerticalOverflow.Crop)
        .Start(fun context ->
            let mutable drawn = -1.0
            let mutable began = 0.0

            let show (scene: Scene) =
                if scene.Now.Step = 1 then
                    began <- clock.Elapsed.TotalSeconds

                let due = began + float scene.Now.Step / stepsPerSecond
                let early = due - clock.Elapsed.TotalSeconds

                if early > 0.0 then
                    Threading.Thread.Sleep(TimeSpan.FromSeconds early)

                if clock.Elapsed.TotalSeconds - drawn >= 0.1 || scene.Now.Step = scene.Horizon then
                    drawn <- clock.Elapsed.TotalSeconds
                    context.UpdateTarget(picture scene)

            play show)
