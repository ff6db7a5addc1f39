// What the parts of the brief MT-PPO on MT10 contribute: each row leaves one out, and the last trains on rewards v1. Three seeds,
// a quarter of an hour of two cores each. Results of some rows: docs/results-appendix.md.
//
//   ./mtrl build
//   dotnet fsi scripts/ablations-mt10.fsx setup.num_seeds=3      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Tasks
open MtrlFunctional.Training

let row name change =
    Experiment.published "fast/mt10-brief"
    |> Experiment.withOnPolicy change
    |> Experiment.withName $"ablation-{name}-mt10"

Run.trainAll "ablations-mt10" "Parts of the brief MT-PPO, MT10" [
    "all parts", row "none" id
    "training episodes of 500 steps", row "length" (fun keys -> { keys with EpisodeLength = 500 })
    "no end after a success", row "end" (fun keys -> { keys with StepsAfterSuccess = None })
    "no PopArt", row "popart" (fun keys -> { keys with NormalizeValues = false })
    "no layer normalisation of values",
    row "layer-norm" (fun keys -> { keys with ValueLayerNorm = false })
    "observations not scaled",
    row "observations" (fun keys -> { keys with NormalizeObservations = false })
    "one σ for all tasks", row "std" (fun keys -> { keys with StdPerTask = false })
    "independent noise",
    row "noise" (fun keys -> { keys with NoiseCorrelation = 0.0; SlowNoiseCorrelation = None })
    "no slow noise", row "slow-noise" (fun keys -> { keys with SlowNoiseCorrelation = None })
    "no remembered successes", row "successes" (fun keys -> { keys with RememberedSuccesses = 0 })
    "no bounds loss", row "bounds" (fun keys -> { keys with BoundsLoss = 0.0 })
    "as many episodes of each task",
    row "episodes" (fun keys -> {
        keys with
            MinEpisodes = None
            MaxEpisodes = None
            Priority = TaskPriority.Progress
    })
    "rewards v1",
    row "v1" id
    |> Experiment.withEnvironment (fun env -> { env with RewardVersion = RewardVersion.V1 })
]
