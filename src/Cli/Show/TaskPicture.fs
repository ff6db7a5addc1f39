/// Picture of a task, played by its expert, shortly before the first success.
module MtrlFunctional.Cli.Show.TaskPicture

open MtrlFunctional.Environments
open MtrlFunctional.Rendering
open MtrlFunctional.Training

/// Fraction of the steps to the first success: the expert holds the object but has not finished.
let private fraction = 0.75

/// The step of the picture in an episode without success.
let private defaultStep = 100

/// Draws a task with the first goal of a seed, from a camera, in a size in pixels.
let ofTask seed camera (width, height) (task: MtrlFunctional.Tasks.MetaWorldTask) : Frame =
    use rollout = Rollout.OfExperts(MetaWorldFamily.OfTasks([ task ], seed))
    let world = (rollout.Environments.Rendered 0).World
    let view = Cameras.find world.Model camera
    let final = Play.episode rollout 0 ignore

    let step =
        match final[0].FirstSuccess with
        | Some step -> max 1 (int (fraction * float step))
        | None -> defaultStep

    Play.steps step rollout 0 ignore |> ignore
    use renderer = new Renderer(world.Model, width, height)
    renderer.Render(world, view, MtrlFunctional.Tasks.TaskName.plain task.Name)
