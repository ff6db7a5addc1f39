// The table of the PTSL paper for MT10 and 200,000 steps in each task, at a sixth of its width and a
// quarter of its batch: an hour and a half of one core for the six rows of a seed. Rewards v1 with
// running normalisation, one goal a task and 150 steps an episode, as the code of the paper has them.
// Results: docs/results.md.
//
//   ./mtrl build
//   dotnet fsi scripts/ptsl-narrow-mt10.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Tasks
open MtrlFunctional.Training

let row name preset change =
    Experiment.preset $"ptsl/{preset}-mt10"
    |> Experiment.withSetup (fun setup -> { setup with Name = $"ptsl-narrow-{name}"; NumSeeds = 3 })
    |> Experiment.withEnvironment (fun env -> {
        env with
            RewardVersion = RewardVersion.V1
            RewardNormalization = RewardNormalization.Running
            GoalSelection = GoalSelection.Fixed
            Horizon = 150
    })
    |> Experiment.withReplay (fun replay -> { replay with BatchSize = 320 })
    |> change

let wide units =
    Experiment.withActor (fun actor -> { actor with HiddenDim = units })

let projected units =
    wide units
    >> Experiment.withMultitask (fun multitask -> {
        multitask with
            Projected = { multitask.Projected with PalDim = 8 }
    })

let originalStart =
    Experiment.edit (fun e -> { e with Behaviour = { e.Behaviour with TrainablePtslInit = false } })

Run.trainAll "ptsl-narrow-mt10" "PTSL, MT10, width 64, rewards v1, normalised" [
    "MT-SAC", row "mt-sac" "mt-sac" (wide 64)
    "Soft Modularization", row "soft-modularization" "soft-modularization" (wide 64)
    "CARE", row "care" "care" (wide 64)
    "CARE-PTSL, 3 hidden layers", row "care-ptsl-3-hidden" "care-ptsl-3-hidden" (projected 52)
    "CARE-PTSL, 2 hidden layers", row "care-ptsl-2-hidden" "care-ptsl-2-hidden" (projected 64)
    "CARE-PTSL, original start",
    row "original-start" "care-ptsl-3-hidden" (projected 52 >> originalStart)
]
