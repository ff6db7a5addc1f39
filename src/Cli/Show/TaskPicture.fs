/// Picture of a task. Of Meta-World: played by its expert, shortly before the first success. Of DeepMind Control: at the start of an
/// episode, the robot in the pose of its model. Of an environment of `--with`: at the start of an episode.
module MtrlFunctional.Cli.Show.TaskPicture

open MtrlFunctional.Environments
open MtrlFunctional.Rendering
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Training

/// Fraction of the steps to the first success: the expert holds the object but has not finished.
let private fraction = 0.75

/// The step of the picture in an episode without success.
let private defaultStep = 100

let private draw (width: int, height: int) camera (environment: IRenderable) caption =
    use renderer = new Renderer(environment.World.Model, width, height)
    renderer.Render(environment.World, Cameras.find environment camera, Option.toObj caption)

let private ofExpert seed camera size caption (task: MetaWorldTask) =
    use rollout = Rollout.OfExperts(MetaWorldFamily.OfTasks([ task ], seed))
    let environment = rollout.Environments.Rendered 0
    // Reject an unknown camera before anything is played.
    Cameras.find environment camera |> ignore
    let final = Play.episode rollout 0 ignore

    let step =
        match final[0].FirstSuccess with
        | Some step -> max 1 (int (fraction * float step))
        | None -> defaultStep

    Play.steps step rollout 0 ignore |> ignore
    draw size camera environment caption

let private ofPose seed camera size caption (task: DmControlTask) =
    use rollout = Subject.rollout seed [ Subject.DmControl task ]
    rollout.Begin 0
    let environment = rollout.Environments.Environments[0] :?> DmControlEnvironment
    let joints = DmControlReadings.JointsOf environment.World.Model

    // The edits keep the targets of the episode.
    environment.Reset {
        Starts.atRest (joints |> Array.map _.Default) with
            Edits = environment.ModelNumbers()
    }

    draw size camera environment caption

let private ofStart seed camera size caption subject =
    use rollout = Subject.rollout seed [ subject ]
    rollout.Begin 0
    draw size camera (rollout.Environments.Rendered 0) caption

/// Draws a task with the first goal or start of a seed, from a camera, in a size in pixels, with
/// or without its name.
let ofTask seed camera size isTitled subject : Frame =
    let caption =
        if isTitled then
            Some(TaskName.plain (Subject.name subject))
        else
            None

    match subject with
    | Subject.MetaWorld task -> ofExpert seed camera size caption task
    | Subject.DmControl task -> ofPose seed camera size caption task
    | Subject.Own _ -> ofStart seed camera size caption subject
