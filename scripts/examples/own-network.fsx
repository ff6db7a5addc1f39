// A network of one's own for policy and value function: a shared tanh trunk, and a head for each task.
//
//   ./mtrl build                                     (once)
//   dotnet fsi scripts/examples/own-network.fsx      (any key=value words may follow)
#load "../mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Training

/// A network is data; names lead the paths of its parameters in checkpoints.
let tanhHeads =
    TaskModel.OfTasks(
        "tanh-heads",
        fun sizes ->
            Chain.layer [
                "trunk", Spec.mlp sizes.Layers sizes.Units sizes.Units
                "tanh", Activate.layer Tanh
                "head", PerTask.layer (Spec.layers 0 0 sizes.Outputs)
            ]
    )

let extensions = Extensions(Networks = [ tanhHeads ])

Experiment.preset "first/two-tasks"
|> Experiment.withParts extensions.Additions
|> Experiment.withNetwork "own/tanh-heads"
|> Experiment.withName "own-network"
|> Experiment.withWords (Run.words ())
|> Run.trainWith extensions
