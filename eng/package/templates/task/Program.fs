/// Two tasks on a MuJoCo model of one's own: a ball that is pushed to the right, or to the left.
///
///   dotnet run -c Release      (any key=value words may follow after --)
module Mtrltask.Program

open System
open System.IO
open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Physics
open MtrlFunctional.Randomness
open MtrlFunctional.Training

/// Metres from the ball to a goal on the x axis.
let private distance goal (world: World) =
    let x, y = world.Positions[0] - goal, world.Positions[1]
    sqrt (x * x + y * y)

let private reach name goal =
    MujocoTask(
        Name = name,
        Model = Path.Combine(AppContext.BaseDirectory, "model.xml"),
        Substeps = 5,
        Start =
            (fun world _ key ->
                for i in 0..1 do
                    world.Positions[i] <- 0.4 * Key.uniform (Key.at (int64 i) key) - 0.2),
        Observation =
            (fun world -> [|
                for number in world.Positions.ToArray() do
                    float32 number
                for number in world.Velocities.ToArray() do
                    float32 number
            |]),
        Reward = (fun world _ -> exp (-3.0 * distance goal world)),
        Success = (fun world -> distance goal world < 0.1)
    )

let private extensions =
    Extensions(
        Environments = [
            OwnEnvironments.OfTasks("point", 40, reach "right" 0.6, reach "left" -0.6)
        ]
    )

let private words = [
    "env=own/point"
    "agent=mtppo"
    "setup.name=point"
    "setup.seed=1"
    "agent.actor.hidden_dim=32"
    "agent.on_policy.batch_size=1600"
    "agent.on_policy.minibatch_size=200"
    "experiment.num_train_steps=16000"
    "experiment.eval_freq=4000"
    "experiment.num_eval_episodes=5"
]

[<EntryPoint>]
let main arguments =
    try
        let experiment =
            ExperimentBuilder.Resolve(extensions, words @ List.ofArray arguments)

        use run = TrainingRun.Start(experiment, extensions)
        run.Run(fun progress -> progress.Lines |> Seq.iter (printfn "%s")) |> ignore

        for task in run.LastEvaluation.Tasks do
            printfn $"{task.Name}: success {task.SuccessEver:P0}, return {task.Return:N1}"

        0
    with :? MtrlException as e ->
        eprintfn $"{e.Message}"
        e.ExitCode
