// Two tasks on a MuJoCo model of one's own: a ball that is pushed to the right, or to the left.
//
//   ./mtrl build                                  (once)
//   dotnet fsi scripts/examples/own-task.fsx      (any key=value words may follow)
#load "../mtrl.fsx"

open System
open System.IO
open MtrlFunctional.Environments
open MtrlFunctional.Randomness
open MtrlFunctional.Training

/// Metres from the ball to a goal.
let distance (goalX, goalY) (world: MtrlFunctional.Physics.World) =
    let x, y = world.Positions[0] - goalX, world.Positions[1] - goalY
    sqrt (x * x + y * y)

/// Brings the ball near a goal, from a start within 20 cm of the middle.
let reach name goal =
    MujocoTask(
        Name = name,
        Model = Path.Combine(__SOURCE_DIRECTORY__, "point.xml"),
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

let environments =
    OwnEnvironments.OfTasks("point", 40, reach "right" (0.6, 0.0), reach "left" (-0.6, 0.0))

let extensions = Extensions(Environments = [ environments ])

let words = [
    "env=own/point"
    "agent=mtppo"
    "setup.name=own-task"
    "setup.seed=1"
    "agent.actor.hidden_dim=32"
    "agent.on_policy.batch_size=1600"
    "agent.on_policy.minibatch_size=200"
    "experiment.num_train_steps=16000"
    "experiment.eval_freq=4000"
    "experiment.num_eval_episodes=5"
]

let train () =
    let experiment =
        ExperimentBuilder.Resolve(extensions, words @ List.tail (List.ofArray fsi.CommandLineArgs))

    use run = TrainingRun.Start(experiment, extensions)
    run.Run(fun progress -> progress.Lines |> Seq.iter (printfn "%s")) |> ignore

    for task in run.LastEvaluation.Tasks do
        printfn $"own-task: {task.Name} success {task.SuccessEver:P0}, return {task.Return:N0}"

Script.Run train
