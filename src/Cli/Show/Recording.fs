/// What is kept of what is played: a video of the episodes, or one picture.
///
/// Reading order: caption → isWorthSeeing → stage → Recorder.
module Mtrl.Cli.Show.Recording

open System
open MtrlFunctional.Rendering
open MtrlFunctional.Training
open Mtrl.Tasks
open Mtrl.Cli.Display
open Mtrl.Cli.Show.Play

/// A frame for every second action; of many tasks, which take longer to draw, for every fourth.
let interval tasks = if tasks = 1 then 2 else 4

/// Actions after a success that are still shown.
let private tail = 40

/// What stands in the corner of a tile; a small one among many says less.
let caption tasks title (moment: EpisodeProgress) =
    let reward = $"reward %.1f{moment.Reward}"
    let success = if moment.Success then "success" else ""

    if tasks = 1 then
        $"{title}\nstep {moment.Step}  {reward}\n{success}".TrimEnd()
    else
        $"{title}\n{reward}  {success}".TrimEnd()

/// A frame is taken until every task has been successful for half a second.
let isWorthSeeing (moments: EpisodeProgress[]) =
    moments[0].Step % interval moments.Length = 0
    && moments
       |> Array.exists (fun m ->
           match m.FirstSuccess with
           | Some first -> m.Step <= first + tail
           | None -> true)

/// Draws a rollout with a tile a task.
type Stage = {
    Rollout: Rollout
    Renderer: VectorRenderer
    /// A short name of each task.
    Titles: string[]
}

/// What all tasks look like now.
let frame stage (moments: EpisodeProgress[]) =
    let text task =
        caption moments.Length stage.Titles[task] moments[task]

    stage.Renderer.RenderAll(Func<_, _> text)

/// A stage that draws every task in tiles of some size. Whoever makes it disposes its renderer.
let stage (rollout: Rollout) camera (width, height) =
    let environments = rollout.Environments

    // Before anything is played. The scenes have the same cameras.
    let view = Cameras.find (environments.Rendered 0).World.Model camera

    {
        Rollout = rollout
        Renderer = new VectorRenderer(environments, view, width, height)
        Titles = [| for name in environments.TaskNames -> TaskName.plain name |]
    }

/// Writes a video, a picture, both or nothing of what is played. Nothing is left of a video that
/// is disposed before `Finish`.
[<AllowNullLiteral>]
type Recorder(stage: Stage, size: int * int, videoPath: string option, picturePath: string option) =
    let begin' path =
        let columns = stage.Renderer.Columns
        let rows = (stage.Titles.Length + columns - 1) / columns
        let rate = stepsPerSecond / float (interval stage.Titles.Length)
        path, new VideoFile(path, columns * fst size, rows * snd size, rate)

    let video = Option.map begin' videoPath
    let mutable missing = picturePath

    /// To be told every moment of every episode. The picture is that of the first success, or of
    /// the end of the first episode.
    member _.Watch (moments: EpisodeProgress[]) isEnd =
        for _, video in Option.toList video do
            if isWorthSeeing moments then
                video.Add(frame stage moments)

        for path in Option.toList missing do
            if isEnd || Array.forall _.Success moments then
                (frame stage moments).SavePng path
                missing <- None

    /// Ends what was recorded; a line each: "door.mp4: 126 frames, 0.4 MB".
    member _.Finish() = [
        for path, video in Option.toList video do
            video.Finish()
            let bytes = float (IO.FileInfo(path).Length)
            $"{path}: {Format.count video.Frames} frames, %.1f{bytes / 1e6} MB"
        yield! Option.toList picturePath
    ]

    interface IDisposable with
        member _.Dispose() =
            video |> Option.iter (fun (_, video) -> video.Dispose())
            stage.Renderer.Dispose()
