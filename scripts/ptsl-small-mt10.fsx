// The comparison of the PTSL paper at a third of its width, in hours instead of weeks: MT10, 40,000
// steps in each task, three seeds. Results of two: docs/results-appendix.md.
//
//   ./mtrl build
//   dotnet fsi scripts/ptsl-small-mt10.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments

Run.trainAll "ptsl-small-mt10" "PTSL, MT10, small, rewards v2" [
    "MT-SAC", Experiment.published "small/mt-sac-mt10"
    "CARE", Experiment.published "small/care-mt10"
    "CARE-PTSL", Experiment.published "small/care-ptsl-mt10"
    "CARE-PTSL, original start", Experiment.published "small/care-ptsl-original-start-mt10"
]
