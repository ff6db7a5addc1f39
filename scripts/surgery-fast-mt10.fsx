// Gradient surgery against none: the MT-PPO that solves MT10 in 15 million steps, after 2.5 million
// steps. Results: docs/results.md.
//
//   ./mtrl build
//   dotnet fsi scripts/surgery-fast-mt10.fsx      (or "… help"; any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments

let row method =
    Experiment.published "fast/mt10"
    |> Experiment.withSurgery method
    |> Experiment.withSteps 250_000
    |> Experiment.withName $"surgery-{method}-fast-mt10"

Run.trainAll "surgery-fast-mt10" "Gradient surgery, MT10, MT-PPO" [
    "no surgery", row "none"
    "PCGrad", row "pcgrad"
    "CAGrad", row "cagrad"
]
