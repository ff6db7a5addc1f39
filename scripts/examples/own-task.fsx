// Two tasks on a MuJoCo model of one's own: a ball that is pushed to the right, or to the left.
//
//   ./mtrl build                                  (once)
//   dotnet fsi scripts/examples/own-task.fsx      (any key=value words may follow)
#load "../mtrl.fsx"

open System
open System.IO
open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Experiments
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

Experiment.on "own/point"
|> Experiment.withParts extensions.Additions
|> Experiment.withAgent "mtppo"
|> Experiment.withActor (fun actor -> { actor with HiddenDim = 32 })
|> Experiment.withOnPolicy (fun keys -> { keys with BatchSize = 1_600; Minibatch = 200 })
|> Experiment.withSchedule (fun schedule -> {
    schedule with
        NumTrainSteps = 16_000
        EvalFreq = 4_000
        NumEvalEpisodes = 5
})
|> Experiment.withName "own-task"
|> Experiment.withSeed 1
|> Experiment.withWords (Run.words ())
|> Run.trainWith extensions
