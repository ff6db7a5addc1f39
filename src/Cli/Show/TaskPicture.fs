/// A task in one picture: its expert at work, shortly before the first success.
module Mtrl.Cli.Show.TaskPicture

open MtrlFunctional.Environments
open MtrlFunctional.Rendering
open MtrlFunctional.Training

/// How far towards its first success the expert is shown: it holds the object, but is not done.
let private progress = 0.75

/// Where no success comes, the expert is shown here.
let private middle = 100

/// The picture of a task: first goal of the seed, from a camera, in so many pixels.
let ofTask seed camera (width, height) (task: Mtrl.Tasks.Task) : Frame =
    use rollout = Rollout.OfExperts(MetaWorldFamily.OfTasks([ task ], seed))
    let world = (rollout.Environments.Rendered 0).World
    let view = Cameras.find world.Model camera
    let last = Play.episode rollout 0 ignore

    let shown =
        match last[0].FirstSuccess with
        | Some step -> max 1 (int (progress * float step))
        | None -> middle

    Play.steps shown rollout 0 ignore |> ignore
    use renderer = new Renderer(world.Model, width, height)
    renderer.Render(world, view, Mtrl.Tasks.TaskName.plain task.Name)
