// The rows of the PTSL paper, and separate heads, with the settings of Meta-World+ (rewards v2, 500 steps
// an episode, goals drawn anew): MT10, 2,000,000 steps in each task, five seeds.
//
//   ./mtrl build
//   dotnet fsi scripts/metaworld-plus-mt10.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments

Run.trainAll "metaworld-plus-mt10" "Meta-World+, MT10" [
    "multi-head MT-SAC", Experiment.published "metaworld-plus/multi-head-mt10"
    "MT-SAC", Experiment.published "metaworld-plus/mt-sac-mt10"
    "Soft Modularization", Experiment.published "metaworld-plus/soft-modularization-mt10"
    "CARE", Experiment.published "metaworld-plus/care-mt10"
    "CARE-PTSL, 3 hidden layers", Experiment.published "metaworld-plus/care-ptsl-3-hidden-mt10"
    "CARE-PTSL, 2 hidden layers", Experiment.published "metaworld-plus/care-ptsl-2-hidden-mt10"
]
