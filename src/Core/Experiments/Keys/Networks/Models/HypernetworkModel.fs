/// Parameters that another network makes of the encoding of the task.
module internal MtrlFunctional.Experiments.HypernetworkModel

open MtrlFunctional.Experiments.Schema
open MtrlFunctional.Networks

let private layers { Sizes = sizes; Multitask = multitask } =
    let hypernetwork = multitask.Hypernetwork

    [
        "hyper",
        Hypernetwork.layer {
            Target = Spec.layers sizes.Layers sizes.Units sizes.Outputs
            HypernetworkHidden = List.replicate hypernetwork.NumLayers hypernetwork.HiddenDim
        }
    ]

let private schema =
    let at = "agent.multitask.hypernetwork_cfg"

    record<HypernetworkSizes> [
        key $"{at}.hidden_dim" Codec.size (is 10) _.HiddenDim
        <| "numbers of a task from which parameters are made, and width before them. Ours"

        key $"{at}.num_layers" (Codec.int 0 100) (is 1) _.NumLayers
        <| "hidden layers; with 0 the task encoding itself is mapped to parameters. Ours"
    ]

let model = {
    TaskModel.Of("hypernetwork", layers) with
        Keys = [ part schema _.Hypernetwork ]
}
