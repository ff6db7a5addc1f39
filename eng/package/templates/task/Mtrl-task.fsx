// An arm that brings its tip to goals to its north, south or east, on the MuJoCo model Mtrl-task.xml: one policy learns the three tasks.
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

/// Metres from the tip of the arm to its goal.
let distance (world: World) =
    let tip, goal = world.Site "tip", world.Body "goal"
    sqrt ((tip[0] - goal[0]) ** 2.0 + (tip[1] - goal[1]) ** 2.0)

/// Brings the tip to a goal in a half of the plane, from any angle of the shoulder and with a bent elbow. The goal is the mocap body
/// "goal" of the model: in 'mtrl play' it can be dragged, and the policy, which observes it, follows.
let reach name direction =
    MujocoTask(
        Name = name,
        Model = Path.Combine(__SOURCE_DIRECTORY__, "Mtrl-task.xml"),
        Substeps = 4,
        Start =
            (fun world _ key ->
                let drawn place = Key.uniform (Key.at place key)
                world.Joint("shoulder")[0] <- 2.0 * Math.PI * drawn 0L
                world.Joint("elbow")[0] <- 1.0 + drawn 1L
                let angle, away = direction + Math.PI * (drawn 2L - 0.5), 0.15 + 0.2 * drawn 3L
                world.Mocap("goal")[0] <- away * cos angle
                world.Mocap("goal")[1] <- away * sin angle),
        Observation =
            (fun world ->
                let tip, goal = world.Site "tip", world.Body "goal"

                [|
                    for i in 0..1 do
                        float32 tip[i]
                        float32 goal[i]

                    for joint in [ "shoulder"; "elbow" ] do
                        let angle, velocity = world.Joint(joint)[0], world.JointVelocity(joint)[0]
                        float32 (sin angle)
                        float32 (cos angle)
                        float32 velocity
                |]),
        Reward = (fun world _ -> exp (-5.0 * distance world)),
        Success = (fun world -> distance world < 0.05)
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
            OwnEnvironments.OfTasks(
                "Mtrl-task",
                60,
                reach "north" (0.5 * Math.PI),
                reach "south" (-0.5 * Math.PI),
                reach "east" 0.0
            )
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
    "agent.optimizers.actor.lr=2e-3"
    "agent.optimizers.critic.lr=2e-3"
    "agent.on_policy.normalize_observations=True"
    "agent.on_policy.batch_size=3600"
    "agent.on_policy.minibatch_size=300"
    "agent.ppo.epochs=10"
    "experiment.num_train_steps=180000"
    "experiment.eval_freq=12000"
    "experiment.num_eval_episodes=20"
]

/// An episode of each task, side by side.
let film (run: string) (file: string) =
    use rollout = Rollout.OfRun(run, extensions = extensions)
    let environments, width = rollout.Environments, 240
    let cameras: Camera[] = Array.create environments.Count (Camera.Named "top")
    use pictures = new VectorRenderer(environments, cameras, width, width)
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
