/// Records played episodes as a video, a picture, or both.
///
/// Reading order: caption → isRecorded → view → Recorder.
module MtrlFunctional.Cli.Show.Recording

open System
open MtrlFunctional.Rendering
open MtrlFunctional.Training
open MtrlFunctional.Tasks
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Show.Play

/// Actions per video frame: 2, or 4 for several tasks, which take longer to draw.
let interval tasks = if tasks = 1 then 2 else 4

/// Seconds recorded after the first success, in which what was done is seen.
let private tail = 2.0

/// The caption of a tile; shorter for several tasks, whose tiles are small.
let caption tasks title (progress: EpisodeProgress) =
    let reward = $"reward %.1f{progress.Reward}"
    let success = if progress.Success then "success" else ""

    if tasks = 1 then
        $"{title}\nstep {progress.Step}  {reward}\n{success}".TrimEnd()
    else
        $"{title}\n{reward}  {success}".TrimEnd()

/// Frames are recorded until two seconds after the last task's first success, at so many actions in a second.
let isRecorded rate (tasks: EpisodeProgress[]) =
    tasks[0].Step % interval tasks.Length = 0
    && tasks
       |> Array.exists (fun m ->
           match m.FirstSuccess with
           | Some first -> float (m.Step - first) <= tail * rate
           | None -> true)

/// A rollout with its renderer: one tile per task.
type RolloutView = {
    Rollout: Rollout
    Renderer: VectorRenderer
    /// A short name of each task.
    Titles: string[]
}

/// Draws all tasks in their current state.
let frame view (tasks: EpisodeProgress[]) =
    let text task =
        caption tasks.Length view.Titles[task] tasks[task]

    view.Renderer.RenderAll(Func<_, _> text)

/// A view with tiles of a size. The caller disposes its renderer.
let view (rollout: Rollout) camera (width, height) =
    let environments = rollout.Environments

    // Checked before anything is played.
    let camera = Cameras.findInAll environments camera

    {
        Rollout = rollout
        Renderer = new VectorRenderer(environments, camera, width, height)
        Titles = [| for name in environments.TaskNames -> TaskName.plain name |]
    }

/// Writes a video, a picture, or both. A video is discarded where `Dispose` precedes `Finish`.
[<AllowNullLiteral>]
type Recorder
    (view: RolloutView, size: int * int, videoPath: string option, picturePath: string option) =
    let rate = stepsPerSecond view.Rollout

    let startVideo path =
        let columns = view.Renderer.Columns
        let rows = (view.Titles.Length + columns - 1) / columns
        let frames = rate / float (interval view.Titles.Length)
        path, new VideoFile(path, columns * fst size, rows * snd size, frames)

    let video = Option.map startVideo videoPath
    let mutable pendingPicture = picturePath

    /// Adds a step. The picture shows the first step at which all tasks succeed, or the end of the
    /// first episode.
    member _.Add (tasks: EpisodeProgress[]) isEnd =
        for _, video in Option.toList video do
            if isRecorded rate tasks then
                video.Add(frame view tasks)

        for path in Option.toList pendingPicture do
            if isEnd || Array.forall _.Success tasks then
                (frame view tasks).SavePng path
                pendingPicture <- None

    /// Completes the files; one line for each: "door.mp4: 126 frames, 3.2 s, 0.4 MB".
    member _.Finish() = [
        for path, video in Option.toList video do
            video.Finish()
            let bytes = float (IO.FileInfo(path).Length)
            let seconds = float (video.Frames * interval view.Titles.Length) / rate
            $"{path}: {Format.count video.Frames} frames, %.1f{seconds} s, %.1f{bytes / 1e6} MB"
        yield! Option.toList picturePath
    ]

    interface IDisposable with
        member _.Dispose() =
            video |> Option.iter (fun (_, video) -> video.Dispose())
            view.Renderer.Dispose()
