/// `mtrl video RUN|TASK`: what a run has learned, or the expert of a task, as a video.
module Mtrl.Cli.Commands.VideoCommand

open System
open System.IO
open Argu
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
    | [<MainCommand; ExactlyOnce>] Source of ``run-or-task``: string
    | Out of file: string
    | Episodes of count: int
    | Seed of seed: uint32
    | Camera of name: string
    | Size of pixels: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Source _ ->
                "folder of a run (its newest checkpoint acts), a task, or a benchmark such as MT10 (their experts act)"
            | Out _ -> "the file .mp4 or .gif (default: named after the run or task)"
            | Episodes _ -> "how many, one after the other (default 1)"
            | Seed _ -> "of the experts' goals (default 42); a run has its own"
            | Camera _ ->
                "overview, close or one of the scene's (default: close where there are many tasks)"
            | Size _ -> "of a tile (default 640x480, smaller where there are many tasks)"

/// Who acts, still to be loaded. A folder comes first, so that a run may be called as it likes.
let private rollout source (seed: uint32 option) : unit -> Rollout =
    if Directory.Exists source then
        if seed.IsSome then
            raise (MtrlException $"--seed: the goals of {source} are those of the run.")

        fun () -> Rollout.OfRun(source, TrainingSession.notice)
    else
        match Suites.find source with
        | Ok suite ->
            fun () -> Rollout.OfExperts(MetaWorldFamily.OfTasks(suite.Tasks, defaultArg seed 42u))
        | Error mistake ->
            raise (MtrlException $"{mistake} There is no folder of that name either.")

/// "runs/mt10/seed-1" gives "seed-1.mp4".
let private defaultName (source: string) =
    DirectoryInfo(Path.TrimEndingDirectorySeparator source).Name + ".mp4"

/// All tiles together are about as large as a screen.
let private defaultSize tasks =
    if tasks = 1 then 640, 480
    elif tasks <= 12 then 320, 240
    else 192, 144

/// A line an episode of one task; the share of successful tasks where there are many.
let private summary number (ends: EpisodeProgress[]) =
    if ends.Length = 1 then
        DemoView.line number ends[0]
    else
        let reached = ends |> Array.filter _.FirstSuccess.IsSome |> Array.length
        $"episode {number}: success in {reached} of {ends.Length} tasks"

/// Plays the episode as long as something is worth seeing.
let private filmEpisode (stopping: StopSignals) (recorder: Recording.Recorder) rollout number =
    let ends =
        Play.episode rollout number (fun moments ->
            stopping.Token.ThrowIfCancellationRequested()
            recorder.Watch moments false)

    printfn $"{summary (number + 1) ends}"

let private run (options: ParseResults<Options>) =
    let source = options.GetResult Source
    let episodes = options.GetResult(Episodes, 1)
    Command.atLeastOne $"--episodes {episodes}" episodes |> ignore

    let size = options.TryGetResult Size |> Option.map (PictureSize.parse "--size")
    let load = rollout source (options.TryGetResult Seed)
    let file = options.GetResult(Out, defaultName source) |> OutputFiles.video "--out"
    use stopping = new StopSignals()
    use rollout = load ()
    let tasks = rollout.Environments.Count
    let size = size |> Option.defaultValue (defaultSize tasks)
    let columns = Mosaic.Columns(tasks, float (fst size) / float (snd size))
    PictureSize.checkTogether "--size" tasks columns size

    let camera =
        options.GetResult(Camera, if tasks = 1 then Cameras.overview else Cameras.close)

    let stage = Recording.view rollout camera size
    use recorder = new Recording.Recorder(stage, size, Some file, None)

    try
        printfn $"{rollout.Actor}, {tasks} task(s)"

        for number in 0 .. episodes - 1 do
            filmEpisode stopping recorder rollout number

        recorder.Finish() |> List.iter (printfn "%s")
        ExitCode.Done
    with :? OperationCanceledException ->
        stopping.ExitCode

let command =
    Command.define
        "video"
        "Films what a run has learned, or the expert of a task."
        [
            "mtrl video runs/quickstart/seed-1"
            "mtrl video runs/mt10/seed-1 --out mt10.mp4 --episodes 3"
            "mtrl video assembly --camera close"
        ]
        run
