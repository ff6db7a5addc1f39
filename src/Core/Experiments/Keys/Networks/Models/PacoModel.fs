/// PaCo: parameters of each task are a composition of sets of parameters.
module internal MtrlFunctional.Experiments.PacoModel

open MtrlFunctional.Experiments.Schema
open MtrlFunctional.Networks

let private layers { Sizes = sizes; Multitask = multitask; OfTasks = ofTasks } = [
    "composed",
    ofTasks
    <| Composed.layer {
        Sets = multitask.ParameterSets
        Each = Spec.layers sizes.Layers sizes.Units sizes.Outputs
    }
]

let private keys: Field<Multitask> list = [
    key "agent.multitask.paco_cfg.num_param_sets" (Codec.int 1 1000) (is 5) _.ParameterSets
    <| "PaCo: sets of parameters. Ours"
]

let model = { TaskModel.Of("paco", layers) with KnowsTasks = true; Keys = keys }
