/// `mtrl demo TASK`: plays the scripted expert of a task, or a trained policy in it.
module MtrlFunctional.Cli.Commands.DemoCommand

open Argu
open Spectre.Console
open MtrlFunctional
open MtrlFunctional.Policies
open MtrlFunctional.Training
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Show
open MtrlFunctional.Cli.Show.Play
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.With

type Options =
    | [<MainCommand; ExactlyOnce>] Task of task: string
    | Policy of source: string
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
            | Task _ ->
                "a task, e.g. door-open, of DeepMind Control, e.g. walker-walk, or of an environment of --with"
            | Policy _ ->
                "play this policy instead of the expert: folder of a run, file of a policy, or policy:mt10"
            | Episodes _ ->
                "number of episodes (default 1); episode n has the n-th of the 50 goals or starts"
            | Seed _ ->
                "seed of the goals or starts (default 42); a policy has the seed of its evaluations"
            | Camera _ ->
                "overview (default), close, topview, corner to corner4, behindGripper or gripperPOV; for DeepMind Control a camera of the model"
            | Size _ -> "width and height of pictures and videos in pixels (default 640x480)"
            | Video _ ->
                "write the episodes to this .gif file, or .mp4, which needs the program ffmpeg"
            | Picture _ ->
                "write the first success, or the end of the first episode, to this .png file"
            | Plain -> "print one line per episode instead of the live view"

type private Settings = {
    Task: Subject.Subject
    Policy: string option
    Episodes: int
    Seed: uint32
    Camera: string
    Size: int * int
    Video: string option
    Picture: string option
    Plain: bool
}

let private taskOf (name: string) =
    match Subject.find name with
    | Ok [ task ] -> task
    | Error _ when PolicySource.IsNamedBy name ->
        let demo = Shell.command [ "mtrl"; "demo"; "TASK"; "--policy"; name ]
        let video = Shell.command [ "mtrl"; "video"; name ]

        refuse $"{name}: is a policy; name a task, too: {demo}. {video} records all of its tasks."
    | Ok tasks ->
        refuse
            $"{name}: has {tasks.Length} tasks; demo plays one, e.g. {Subject.fullName tasks.Head}. 'mtrl video {name}' records them all."
    | Error message -> refuse $"{message} 'mtrl list tasks' lists all."

let private settings (options: ParseResults<Options>) =
    let episodes = options.GetResult(Episodes, 1) |> Command.atLeastOne "--episodes"

    if options.Contains Policy && options.Contains Seed then
        refuse "--seed: applies to experts only; a policy plays the goals of its evaluations."

    {
        Task = taskOf (options.GetResult Task)
        Policy = options.TryGetResult Policy
        Episodes = episodes
        Seed = options.GetResult(Seed, 42u)
        Camera = options.GetResult(Camera, Cameras.overview)
        Size = options.GetResult(Size, "640x480") |> PictureSize.parse "--size"
        Video = options.TryGetResult Video |> Option.map (OutputFiles.video "--video")
        Picture = options.TryGetResult Picture |> Option.map (OutputFiles.picture "--picture")
        Plain = options.Contains Plain
    }

/// Plays all episodes; calls `onStep` after each step, also with the final states of the earlier
/// episodes.
let private playAll (settings: Settings) rollout onStep =
    let next past number =
        let last = Play.episode rollout number (onStep past)
        last[0] :: past

    List.fold next [] [ 0 .. settings.Episodes - 1 ] |> List.rev

/// Size of the live view's picture: as large as fits above the bars, two pixels per row of cells;
/// none where the terminal has too few colours or no graphics library is available.
let private terminalSize (profile: Profile) =
    let rows = min 30 (profile.Height - 10)
    let width = min (profile.Width - 1) (rows * 2 * 4 / 3)

    if rows >= 6 && TerminalPicture.isPossible profile then
        Some(width, 2 * rows)
    else
        None

let private play (settings: Settings) (rollout: Rollout) (record: EpisodeProgress[] -> unit) =
    let drawn =
        match settings.Policy with
        | None -> $"{Subject.drawn settings.Task} of seed {settings.Seed}"
        | Some _ -> $"{Subject.drawn settings.Task} of its evaluations"

    let title = $"{Subject.name settings.Task}, {rollout.Actor}, {drawn}"

    let snapshot frame past (tasks: EpisodeProgress[]) : DemoView.Snapshot = {
        Title = title
        Episode = List.length past + 1
        Episodes = settings.Episodes
        Horizon = rollout.Environments.Spec.Horizon
        MaximumReward = Subject.maximumReward settings.Task
        Now = tasks[0]
        Past = past
        Frame = frame
    }

    if TrainingSession.isTerminal () && not settings.Plain then
        let console = AnsiConsole.Console

        use renderer =
            terminalSize console.Profile
            |> Option.map (Recording.renderer rollout settings.Camera)
            |> Option.toObj

        let draw =
            Option.ofObj renderer |> Option.map (fun renderer () -> renderer.Render 0)

        LiveView.run console rollout (fun show ->
            playAll settings rollout (fun past tasks ->
                record tasks
                show tasks (fun () -> DemoView.picture (snapshot draw past tasks))))
    else
        printfn $"{title}"

        playAll settings rollout (fun past tasks ->
            record tasks

            if tasks[0].IsOver then
                printfn $"{DemoView.line (past.Length + 1) tasks[0]}")

let private demonstrate (settings: Settings) =
    StopSignals.Cancelling(fun stop ->
        use rollout =
            match settings.Policy with
            | None -> Subject.rollout settings.Seed [ settings.Task ]
            | Some policy ->
                let task = Subject.name settings.Task
                Rollout.OfTask(policy, task, TrainingSession.notice, Given.extensions ())

        // Reject an unknown camera even if nothing is drawn.
        Cameras.findInAll rollout.Environments settings.Camera |> ignore

        use recorder =
            if settings.Video.IsSome || settings.Picture.IsSome then
                new Recording.Recorder(
                    rollout,
                    settings.Camera,
                    settings.Size,
                    settings.Video,
                    settings.Picture
                )
            else
                null

        let record tasks =
            stop.ThrowIfCancellationRequested()

            if not (isNull recorder) then
                recorder.Add tasks

        printfn $"{play settings rollout record |> DemoView.total}"

        if not (isNull recorder) then
            recorder.Finish() |> List.iter (printfn "%s"))

let command =
    Command.define
        "demo"
        "Plays the scripted expert of a task, or a policy in it; writes a video or a picture."
        [
            "mtrl demo door-open"
            "mtrl demo door-open --video door.mp4 --camera close"
            "mtrl demo push --picture push.png"
            "mtrl demo reach --episodes 20 --plain"
            "mtrl demo door-open --policy policy:mt10"
            "mtrl demo walker-walk"
        ]
        (settings >> demonstrate)
    |> Command.completing (fun () -> Subject.tasks () @ Command.policyNames ())
