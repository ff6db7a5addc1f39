/// Shared hidden layers and a linear output of each task.
module internal MtrlFunctional.Experiments.HeadsModel

open MtrlFunctional.Networks

let private layers { Sizes = sizes } = [
    "trunk", Spec.mlp (sizes.Layers - 1) sizes.Units sizes.Units
    "activation", Activate.layer Relu
    "head", PerTask.layer (Spec.layers 0 sizes.Units sizes.Outputs)
]

let model = {
    TaskModel.Of("heads", layers) with
        KnowsTasks = true
        HasHeads = true
        LeastLayers = 1
}
