// The table of the PTSL paper for MT50 and 200,000 steps in each task, ten seeds.
//
//   ./mtrl build
//   dotnet fsi scripts/ptsl-mt50-200k.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments

Run.trainAll "ptsl-mt50-200k" "PTSL, MT50 (rewards v2; v1, normalised, with fidelity=original)" [
    "MT-SAC", Experiment.published "ptsl/mt-sac-mt50"
    "Soft Modularization", Experiment.published "ptsl/soft-modularization-mt50"
    "CARE", Experiment.published "ptsl/care-mt50"
    "CARE-PTSL, 3 hidden layers", Experiment.published "ptsl/care-ptsl-3-hidden-mt50"
    "CARE-PTSL, 2 hidden layers", Experiment.published "ptsl/care-ptsl-2-hidden-mt50"
]
