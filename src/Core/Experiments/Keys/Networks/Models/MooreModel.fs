/// MOORE: orthogonal experts, which each task weighs.
module internal MtrlFunctional.Experiments.MooreModel

open MtrlFunctional.Experiments.Schema
open MtrlFunctional.Networks

let private layers { Sizes = sizes; Multitask = multitask; OfTasks = ofTasks } =
    let head = Spec.layers 0 sizes.Units sizes.Outputs

    [
        "experts",
        ofTasks
        <| Orthogonal.layer {
            Experts = multitask.OrthogonalExperts
            Expert = Spec.layers (sizes.Layers - 1) sizes.Units sizes.Units
        }
        "tanh", Activate.layer Tanh
        "head",
        (if multitask.MultiHead then
             PerTask.layer head
         else
             Mlp.layer head)
    ]

let private keys: Field<Multitask> list = [
    key "agent.multitask.moore_cfg.num_experts" (Codec.int 1 1000) (is 4) _.OrthogonalExperts
    <| "MOORE: experts. Ours"
]

let model = {
    TaskModel.Of("moore", layers) with
        KnowsTasks = true
        TakesHeads = true
        LeastLayers = 1
        Keys = keys
}
