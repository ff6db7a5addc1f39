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

/// Draws the tasks of a rollout, in tiles of a size.
let renderer (rollout: Rollout) camera (width, height) =
    let environments = rollout.Environments
    // Checked before anything is played.
    new VectorRenderer(environments, Cameras.findInAll environments camera, width, height)

/// Writes a video, a picture, or both. A video is discarded where `Dispose` precedes `Finish`.
[<AllowNullLiteral>]
type Recorder
    (
        rollout: Rollout,
        camera: string,
        size: int * int,
        videoPath: string option,
        picturePath: string option
    ) =
    let rate = stepsPerSecond rollout
    let renderer = renderer rollout camera size
    let titles = [| for name in rollout.Environments.TaskNames -> TaskName.plain name |]

    let frame (tasks: EpisodeProgress[]) =
        renderer.RenderAll(Func<_, _>(fun task -> caption tasks.Length titles[task] tasks[task]))

    let startVideo path =
        let columns = renderer.Columns
        let rows = (titles.Length + columns - 1) / columns
        let frames = rate / float (interval titles.Length)
        path, new VideoFile(path, columns * fst size, rows * snd size, frames)

    let video = Option.map startVideo videoPath
    let mutable pendingPicture = picturePath

    /// Adds a step. The picture shows the first step at which all tasks succeed, or the end of the
    /// first episode.
    member _.Add(tasks: EpisodeProgress[]) =
        for _, video in Option.toList video do
            if isRecorded rate tasks then
                video.Add(frame tasks)

        for path in Option.toList pendingPicture do
            if Array.forall _.IsOver tasks || Array.forall _.Success tasks then
                (frame tasks).SavePng path
                pendingPicture <- None

    /// Completes the files; one line for each: "door.mp4: 126 frames, 3.2 s, 0.4 MB".
    member _.Finish() = [
        for path, video in Option.toList video do
            video.Finish()
            let bytes = float (IO.FileInfo(path).Length)
            let seconds = float (video.Frames * interval titles.Length) / rate
            $"{path}: {Format.count video.Frames} frames, %.1f{seconds} s, %.1f{bytes / 1e6} MB"
        yield! Option.toList picturePath
    ]

    interface IDisposable with
        member _.Dispose() =
            video |> Option.iter (fun (_, video) -> video.Dispose())
            (renderer :> IDisposable).Dispose()
