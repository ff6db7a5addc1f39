// An arm that brings its tip to one of three places, on the MuJoCo model Mtrl-task.xml: one policy learns the three tasks.
//
//   dotnet fsi Mtrl-task.fsx      trains in about a minute, then films the policy: Mtrl-task.gif (any key=value words may follow)
#r "nuget: MtrlFunctional, 0.1.0"

open System
open System.IO
open MtrlFunctional.Environments
open MtrlFunctional.Physics
open MtrlFunctional.Randomness
open MtrlFunctional.Rendering
open MtrlFunctional.Training

/// Metres from the tip of the arm to a site of the model.
let distance place (world: World) =
    let tip, goal = world.Site "tip", world.Site place
    sqrt ((tip[0] - goal[0]) ** 2.0 + (tip[1] - goal[1]) ** 2.0)

/// Brings the tip to a site, from any angle of the shoulder and with a bent elbow.
let reach place =
    MujocoTask(
        Name = place,
        Model = Path.Combine(__SOURCE_DIRECTORY__, "Mtrl-task.xml"),
        Substeps = 4,
        Start =
            (fun world _ key ->
                world.Joint("shoulder")[0] <- 2.0 * Math.PI * Key.uniform (Key.at 0L key)
                world.Joint("elbow")[0] <- 1.0 + Key.uniform (Key.at 1L key)),
        Observation =
            (fun world ->
                let tip = world.Site "tip"

                [|
                    float32 tip[0]
                    float32 tip[1]

                    for joint in [ "shoulder"; "elbow" ] do
                        let angle, velocity = world.Joint(joint)[0], world.JointVelocity(joint)[0]
                        float32 (sin angle)
                        float32 (cos angle)
                        float32 velocity
                |]),
        Reward = (fun world _ -> exp (-5.0 * distance place world)),
        Success = (fun world -> distance place world < 0.05)
    )

/// Ends the training when every episode of an evaluation succeeds.
let stopWhenSolved =
    Callbacks(
        OnEvaluation =
            fun moment ->
                printfn $"step {moment.Step:N0}: success {moment.Evaluation.SuccessEver:P0}"

                if moment.Evaluation.SuccessEver = 1.0 then
                    RunDecision.Stop
                else
                    RunDecision.Continue
    )

/// What 'mtrl eval', 'mtrl video' and 'mtrl resume' read of this file.
let extensions =
    Extensions(
        Environments = [
            OwnEnvironments.OfTasks("Mtrl-task", 60, reach "north", reach "south", reach "east")
        ],
        Callbacks = stopWhenSolved
    )

let words = [
    "env=own/Mtrl-task"
    "agent=mtppo"
    "setup.name=Mtrl-task"
    "setup.seed=1"
    "setup.threads=1"
    "agent.actor.hidden_dim=64"
    "agent.optimizers.actor.lr=1e-3"
    "agent.optimizers.critic.lr=1e-3"
    "agent.on_policy.normalize_observations=True"
    "agent.on_policy.batch_size=3600"
    "agent.on_policy.minibatch_size=300"
    "agent.ppo.epochs=10"
    "experiment.num_train_steps=60000"
    "experiment.eval_freq=6000"
    "experiment.num_eval_episodes=10"
]

/// An episode of each task, side by side.
let film (run: string) (file: string) =
    use rollout = Rollout.OfRun(run, extensions = extensions)
    let environments, width = rollout.Environments, 240
    use pictures = new VectorRenderer(environments, Camera.Named "top", width, width)
    use video = new VideoFile(file, pictures.Columns * width, width, 25.0)
    rollout.Begin 0

    for _ in 1 .. environments.Spec.Horizon do
        rollout.Step()
        video.Add(pictures.RenderAll(fun task -> environments.TaskNames[task]))

    video.Finish()

let train () =
    let experiment =
        ExperimentBuilder.Resolve(extensions, words @ List.tail (List.ofArray fsi.CommandLineArgs))

    use run = TrainingRun.Start(experiment, extensions)
    run.Run() |> ignore
    film run.Folder.Path "Mtrl-task.gif"
    printfn $"the policy is in {run.Folder.Path}, its film is Mtrl-task.gif"

Script.Run train
