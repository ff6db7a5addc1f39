// Gradient surgery against none: the small MT-SAC on MT10, 40,000 steps in each task, three seeds, the
// same for every row. Results of two: docs/results-appendix.md.
//
//   ./mtrl build
//   dotnet fsi scripts/surgery-small-mt10.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments

let row method =
    Experiment.published "small/mt-sac-mt10"
    |> Experiment.withSurgery method
    |> Experiment.withName $"surgery-{method}-small-mt10"

Run.trainAll "surgery-small-mt10" "Gradient surgery, MT10, small" [
    "no surgery", row "none"
    "PCGrad", row "pcgrad"
    "CAGrad", row "cagrad"
]
