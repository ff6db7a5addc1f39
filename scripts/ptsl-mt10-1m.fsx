// The table of the PTSL paper for MT10 and 1,000,000 steps in each task, four seeds.
//
//   ./mtrl build
//   dotnet fsi scripts/ptsl-mt10-1m.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments

Run.trainAll "ptsl-mt10-1m" "PTSL, MT10 (rewards v2; v1, normalised, with fidelity=original)" [
    "MT-SAC", Experiment.published "ptsl/mt-sac-mt10-1m"
    "Soft Modularization", Experiment.published "ptsl/soft-modularization-mt10-1m"
    "CARE", Experiment.published "ptsl/care-mt10-1m"
    "CARE-PTSL, 3 hidden layers", Experiment.published "ptsl/care-ptsl-3-hidden-mt10-1m"
    "CARE-PTSL, 2 hidden layers", Experiment.published "ptsl/care-ptsl-2-hidden-mt10-1m"
    "MT-SAC-PTSL, 3 hidden layers", Experiment.published "ptsl/mt-sac-ptsl-mt10-1m"
]
