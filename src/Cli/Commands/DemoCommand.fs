/// `mtrl demo TASK`: the scripted expert of a task at work.
module Mtrl.Cli.Commands.DemoCommand

open System
open Argu
open Spectre.Console
open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Rendering
open MtrlFunctional.Training
open Mtrl.Tasks.MetaWorld
open Mtrl.Cli
open Mtrl.Cli.Show
open Mtrl.Cli.Show.Play
open Mtrl.Cli.Training

type Options =
    | [<MainCommand; ExactlyOnce>] Task of task: string
    | Episodes of count: int
    | Seed of seed: uint32
    | Camera of name: string
    | Size of pixels: string
    | Video of file: string
    | Picture of file: string
    | Plain

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Task _ -> "the task, e.g. door-open"
            | Episodes _ -> "how many (default 1); episode n has the n-th of the 50 goals"
            | Seed _ -> "of the goals (default 42)"
            | Camera _ ->
                "overview (default), close, topview, corner to corner4, behindGripper or gripperPOV"
            | Size _ -> "of pictures and videos (default 640x480)"
            | Video _ -> "write the episodes to a file .mp4 or .gif; needs the program ffmpeg"
            | Picture _ -> "write the first success to a file .png"
            | Plain -> "a line an episode instead of the live view"

/// What is asked for, checked.
type private Wish = {
    Task: Mtrl.Tasks.Task
    Episodes: int
    Seed: uint32
    Camera: string
    Size: int * int
    Video: string option
    Picture: string option
    Plain: bool
}

let private taskOf (name: string) =
    match Benchmarks.find name with
    | Ok task -> task
    | Error mistake ->
        match Suites.find name with
        | Ok { Tasks = [ task ] } -> task
        | Ok suite ->
            raise (
                MtrlException
                    $"{name}: {suite.Tasks.Length} tasks, and demo shows one, such as {suite.Tasks.Head.Name}. 'mtrl video {name}' films them all."
            )
        | Error _ -> raise (MtrlException $"{mistake} 'mtrl list tasks' shows all fifty.")

let private wish (options: ParseResults<Options>) =
    let episodes = options.GetResult(Episodes, 1)
    Command.atLeastOne $"--episodes {episodes}" episodes |> ignore

    {
        Task = taskOf (options.GetResult Task)
        Episodes = episodes
        Seed = options.GetResult(Seed, 42u)
        Camera = options.GetResult(Camera, Cameras.overview)
        Size = options.GetResult(Size, "640x480") |> PictureSize.parse "--size"
        Video = options.TryGetResult Video |> Option.map (OutputFiles.video "--video")
        Picture = options.TryGetResult Picture |> Option.map (OutputFiles.picture "--picture")
        Plain = options.Contains Plain
    }

/// Plays all episodes; `watch` is told each moment with the ends of the episodes before.
let private playAll (wish: Wish) rollout watch =
    let next past number =
        let last = Play.episode rollout number (fun moments -> watch past moments)
        last[0] :: past

    List.fold next [] [ 0 .. wish.Episodes - 1 ] |> List.rev

/// The live view's picture in a terminal: as large as fits above the gauges, two pixels a row of
/// cells; none where there are too few colours, or nothing to draw with.
let private terminalSize (profile: Profile) =
    let rows = min 30 (profile.Height - 10)
    let width = min (profile.Width - 1) (rows * 2 * 4 / 3)

    if
        rows >= 6
        && profile.Capabilities.ColorSystem >= ColorSystem.EightBit
        && Graphics.IsAvailable
    then
        Some(width, 2 * rows)
    else
        None

let private present (wish: Wish) (rollout: Rollout) (record: EpisodeProgress[] -> unit) =
    let horizon = rollout.Environments.Spec.Horizon

    let title = $"{wish.Task.Name}, {rollout.Actor}, goals of seed {wish.Seed}"

    let scene frame past (moments: EpisodeProgress[]) : DemoView.Snapshot = {
        Title = title
        Episode = List.length past + 1
        Episodes = wish.Episodes
        Horizon = horizon
        Now = moments[0]
        Past = past
        Frame = frame
    }

    if TrainingSession.isTerminal () && not wish.Plain then
        let console = AnsiConsole.Console

        use renderer =
            terminalSize console.Profile
            |> Option.map (fun size -> (Recording.view rollout wish.Camera size).Renderer)
            |> Option.toObj

        let draw =
            Option.ofObj renderer |> Option.map (fun renderer () -> renderer.Render 0)

        DemoView.live console (fun show ->
            playAll wish rollout (fun past moments ->
                record moments
                show (scene draw past moments)))
    else
        printfn $"{title}"

        playAll wish rollout (fun past moments ->
            record moments

            if moments[0].Step = horizon then
                printfn $"{DemoView.line (past.Length + 1) moments[0]}")

let private demonstrate (wish: Wish) =
    use stopping = new StopSignals()
    use rollout = Rollout.OfExperts(MetaWorldFamily.OfTasks([ wish.Task ], wish.Seed))
    let horizon = rollout.Environments.Spec.Horizon

    // Also where nothing is drawn: a wrong name is a mistake.
    Cameras.find (rollout.Environments.Rendered 0).World.Model wish.Camera
    |> ignore

    use recorder =
        if wish.Video.IsSome || wish.Picture.IsSome then
            let stage = Recording.view rollout wish.Camera wish.Size
            new Recording.Recorder(stage, wish.Size, wish.Video, wish.Picture)
        else
            null

    let record moments =
        stopping.Token.ThrowIfCancellationRequested()

        if not (isNull recorder) then
            recorder.Watch moments (moments[0].Step = horizon)

    try
        printfn $"{present wish rollout record |> DemoView.total}"

        if not (isNull recorder) then
            recorder.Finish() |> List.iter (printfn "%s")

        ExitCode.Done
    with :? OperationCanceledException ->
        stopping.ExitCode

let command =
    Command.define
        "demo"
        "Shows the scripted expert of a task; writes a video or a picture."
        [
            "mtrl demo door-open"
            "mtrl demo door-open --video door.mp4 --camera close"
            "mtrl demo push --picture push.png"
            "mtrl demo reach --episodes 20 --plain"
        ]
        (wish >> demonstrate)
