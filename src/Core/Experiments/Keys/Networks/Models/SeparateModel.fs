/// Networks of its own for each task, and nothing shared.
module internal MtrlFunctional.Experiments.SeparateModel

open MtrlFunctional.Networks

let private layers { Sizes = sizes } = [
    "own", PerTask.layer (Spec.layers sizes.Layers sizes.Units sizes.Outputs)
]

let model = { TaskModel.Of("separate", layers) with KnowsTasks = true; IsSeparate = true }
