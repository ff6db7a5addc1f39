/// `mtrl video POLICY|TASK`: records a trained policy, or the expert of a task, as a video.
module MtrlFunctional.Cli.Commands.VideoCommand

open System.IO
open System.Threading
open Argu
open MtrlFunctional
open MtrlFunctional.Policies
open MtrlFunctional.Rendering
open MtrlFunctional.Storage
open MtrlFunctional.Training
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Show
open MtrlFunctional.Cli.Show.Play
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.With

type Options =
    | [<MainCommand; ExactlyOnce>] Source of ``policy-or-task``: string
    | Out of file: string
    | Episodes of count: int
    | Seed of seed: uint32
    | Camera of name: string
    | Size of pixels: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Source _ ->
                "folder of a run (its newest policy), file of a policy or policy:mt10; or a task or a benchmark such as MT10 (scripted experts) or walker-walk (random actions)"
            | Out _ ->
                "file to write, .gif or, by the program ffmpeg, .mp4 (default: named after the policy, of a run with its experiment, or the task)"
            | Episodes _ -> "number of episodes, one after the other (default 1)"
            | Seed _ -> "seed of the goals or starts (default 42); a run has its own"
            | Camera _ ->
                "overview, close or a camera of the scene (default: overview; close for several tasks)"
            | Size _ ->
                "width and height of a tile in pixels (default 640x480; smaller for several tasks)"

/// Loads the rollout of a policy or of tasks. Policies come first: a run may have the name of a task.
let private rollout source (seed: uint32 option) : unit -> Rollout =
    if PolicySource.IsNamedBy source then
        if seed.IsSome then
            refuse $"--seed: applies to experts only; {source} has the goals of its evaluations."

        fun () -> Rollout.OfRun(source, TrainingSession.notice, Given.extensions ())
    else
        match Subject.find source with
        | Ok tasks -> fun () -> Subject.rollout (defaultArg seed 42u) tasks
        | Error message -> refuse $"{message} There is no policy of that name either."

/// An MP4 needs ffmpeg.
let private ending = if VideoFile.IsMp4Available then ".mp4" else ".gif"

/// "runs/mt10/seed-1" gives "mt10-seed-1.mp4", its checkpoint "mt10-seed-1-step-20000.mp4", "policy:mt10" gives "mt10.mp4".
let private defaultName (source: string) =
    if Directory.Exists source then
        let named = NamedRun.Find source

        let step =
            named.Step
            |> Option.ofNullable
            |> Option.map (fun step -> $"-step-{step}")
            |> Option.defaultValue ""

        (RunResults.title named.Run.Path).Replace('/', '-') + step + ending
    else
        PolicySource.ShortName source + ending

/// Size of a tile with which all tiles together are about as large as a screen.
let private defaultSize tasks =
    if tasks = 1 then 640, 480
    elif tasks <= 12 then 320, 240
    else 192, 144

/// The result of an episode: of one task in detail; of several the number of successes, and the mean return of tasks without success.
let private summary number (final: EpisodeProgress[]) =
    if final.Length = 1 then
        DemoView.line number final[0]
    else
        let judged, others = final |> Array.partition _.DefinesSuccess

        let results = [
            if judged.Length > 0 then
                $"success in {solved judged} of {judged.Length} tasks"
            if others.Length > 0 then
                $"mean return {Format.number (others |> Array.averageBy _.Return)}"
        ]

        $"""episode {number}: {String.concat ", " results}"""

/// Refuses a rollout with tasks that have no world, such as classic tasks, and names the tasks that can be recorded.
let private requireWorlds source (rollout: Rollout) =
    let environments = rollout.Environments

    let drawn, others =
        [ 0 .. environments.Count - 1 ] |> List.partition environments.CanBeDrawn

    let names =
        List.map (fun task -> environments.TaskNames[task]) >> String.concat ", "

    let advice =
        if drawn.IsEmpty then
            Shell.command [ "mtrl"; "eval"; source ] + " prints its results."
        else
            let command =
                Shell.command [ "mtrl"; "demo"; "TASK"; "--policy"; source; "--video"; "FILE" ]

            $"{command} records one of the others: {names drawn}."

    if not others.IsEmpty then
        refuse $"{source}: there is no world to draw of {names others}. {advice}"

/// Plays and records one episode of several.
let private recordEpisode
    (stop: CancellationToken)
    (recorder: Recording.Recorder)
    (rollout: Rollout)
    episodes
    number
    =
    use status = StatusLine.Standard
    let horizon = rollout.Environments.Spec.Horizon

    let final =
        Play.episode rollout number (fun tasks ->
            stop.ThrowIfCancellationRequested()

            status.Show
                $"episode {number + 1} of {episodes}: step {tasks[0].Step} of {horizon}, frames drawn and encoded"

            recorder.Add tasks)

    status.Clear()
    printfn $"{summary (number + 1) final}"

let private run (options: ParseResults<Options>) =
    let source = options.GetResult Source
    let episodes = options.GetResult(Episodes, 1) |> Command.atLeastOne "--episodes"

    let size = options.TryGetResult Size |> Option.map (PictureSize.parse "--size")
    let load = rollout source (options.TryGetResult Seed)

    let file =
        options.TryGetResult Out
        |> Option.defaultWith (fun () -> defaultName source)
        |> OutputFiles.video "--out"

    StopSignals.Cancelling(fun stop ->
        use rollout = load ()
        requireWorlds source rollout
        let tasks = rollout.Environments.Count
        let size = size |> Option.defaultValue (defaultSize tasks)
        let columns = Mosaic.Columns(tasks, float (fst size) / float (snd size))
        PictureSize.checkTogether "--size" tasks columns size

        let camera =
            options.GetResult(Camera, if tasks = 1 then Cameras.overview else Cameras.close)

        use recorder = new Recording.Recorder(rollout, camera, size, Some file, None)

        printfn $"""{rollout.Actor}, {Format.plural tasks "task"}"""

        for number in 0 .. episodes - 1 do
            recordEpisode stop recorder rollout episodes number

        recorder.Finish() |> List.iter (printfn "%s"))

let command =
    Command.define
        "video"
        "Records a policy, or the expert of a task, as a video."
        [
            "mtrl video runs/quickstart/seed-1"
            "mtrl video policy:mt10"
            "mtrl video runs/mt10/seed-1 --out mt10.mp4 --episodes 3"
            "mtrl video assembly --camera close"
            "mtrl video cheetah-run"
        ]
        run
    |> Command.completingBesideFiles (fun () -> Subject.tasks () @ Command.policyNames ())
