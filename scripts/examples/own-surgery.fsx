// A method of gradient surgery of one's own, beside PCGrad: tasks whose gradient points against the mean gradient are left out.
//
//   ./mtrl build                                     (once)
//   dotnet fsi scripts/examples/own-surgery.fsx      (any key=value words may follow)
#load "../mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Surgery
open MtrlFunctional.Training

/// A coefficient for each task, from the inner products of the tasks' gradients.
let agreement =
    Method.Create(
        "agreement",
        fun problem ->
            let gram = problem.Gram
            let mean = Array.create gram.Size (1.0 / float gram.Size)
            // ⟨gradient of a task, mean gradient⟩.
            let products = Gram.along gram mean
            Array.map2 (fun weight product -> if product > 0.0 then weight else 0.0) mean products
    )

let extensions = Extensions(Surgery = [ agreement ])

let row surgery =
    Experiment.preset "first/two-tasks"
    |> Experiment.withParts extensions.Additions
    |> Experiment.withSurgery surgery
    |> Experiment.withName $"own-surgery-{surgery}"

Run.trainAllWith extensions "own-surgery" "A method of one's own, beside PCGrad" [
    "agreement", row "agreement"
    "PCGrad", row "pcgrad"
]
