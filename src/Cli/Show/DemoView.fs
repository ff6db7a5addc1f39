/// Display of a demonstration: a live view on a terminal, else one line per episode.
///
/// Reading order: Snapshot → picture (pure: snapshot in, renderable out) → line, total.
module MtrlFunctional.Cli.Show.DemoView

open Spectre.Console
open Spectre.Console.Rendering
open MtrlFunctional.Rendering
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Show.Play

/// Contents of the live view at one step.
type Snapshot = {
    /// "reach-v3, scripted expert, goals of seed 42".
    Title: string
    /// From 1.
    Episode: int
    Episodes: int
    Horizon: int
    /// The largest reward of a step, where it is known.
    MaximumReward: float option
    Now: EpisodeProgress
    /// Final progress of the earlier episodes, the newest first.
    Past: EpisodeProgress list
    /// Draws the world in the size of the terminal.
    Frame: (unit -> Frame) option
}

let private success (progress: EpisodeProgress) =
    match progress.FirstSuccess with
    | Some step when progress.Success -> $"[green3]yes[/], since step {step}"
    | Some step -> $"reached at step {step}, since lost"
    | None -> "[grey]not yet[/]"

let private gauge name colour fraction (text: string) =
    Markup $"[grey]%-9s{name}[/][{colour} on grey19]{Format.bar 40 fraction}[/] {text}"
    :> IRenderable

let private result (progress: EpisodeProgress) =
    let success =
        match progress.FirstSuccess with
        | _ when not progress.DefinesSuccess -> ""
        | Some step when progress.Success -> $"first success at step {step}, success at the end, "
        | Some step -> $"first success at step {step}, no success at the end, "
        | None -> "no success, "

    $"{success}return {Format.number progress.Return}"

/// The result of an episode as a line.
let line number (progress: EpisodeProgress) = $"episode {number}: {result progress}"

/// The results of all episodes as a line.
let total (episodes: EpisodeProgress list) =
    let share holds =
        Format.percent (episodes |> List.averageBy (fun m -> if holds m then 1.0 else 0.0))

    $"""{Format.plural episodes.Length "episode"}: """
    + (if episodes |> List.exists _.DefinesSuccess then
           $"success at any step {share _.FirstSuccess.IsSome}, at the last step {share _.Success}, "
       else
           "")
    + "mean return "
    + Format.number (episodes |> List.averageBy _.Return)

let picture (snapshot: Snapshot) : IRenderable =
    let now = snapshot.Now
    let text (s: string) = Markup s :> IRenderable

    Rows [
        text $"[bold]{Markup.Escape snapshot.Title}[/]"
        yield!
            snapshot.Frame
            |> Option.map (fun draw -> TerminalPicture.ofFrame (draw ()))
            |> Option.toList
        gauge
            "step"
            "deepskyblue1"
            (float now.Step / float snapshot.Horizon)
            $"{now.Step} of {snapshot.Horizon}, episode {snapshot.Episode} of {snapshot.Episodes}"
        match snapshot.MaximumReward with
        | Some most -> gauge "reward" "orange3" (now.Reward / most) (Format.number now.Reward)
        | None -> text $"[grey]reward   [/]{Format.number now.Reward}"
        if now.DefinesSuccess then
            text $"[grey]success  [/]{success now}"
        text $"[grey]return   [/]{Format.number now.Return}"
        yield!
            snapshot.Past
            |> List.mapi (fun i past -> text $"[grey]{line (snapshot.Past.Length - i) past}[/]")
            |> List.truncate 5
    ]
