/// The architectures of the original programs, which flags choose.
module internal MtrlFunctional.Experiments.FlagsModel

open System
open MtrlFunctional.Networks

let private layers (setting: ModelSetting) =
    let multitask = setting.Multitask
    let { Layers = layers; Units = units; Outputs = outputs } = setting.Sizes

    if multitask.Actor.SoftModularization then
        [
            "modules",
            SoftModules.layer {
                Modules = multitask.Actor.SoftModularizationExperts
                Units = units
                Output = outputs
            }
        ]
    elif multitask.UseProjected then
        [
            "projected",
            setting.OfTasks
            <| Projected.layer {
                Shared = Spec.layers layers units outputs
                Rank = multitask.Projected.PalDim
                SharedProjections = multitask.Projected.SharedProjection
                Residual = multitask.Projected.Residual
                Start =
                    if setting.Behaviour.TrainablePtslInit then
                        ZeroLastMap
                    else
                        ZeroProjections
            }
        ]
    elif multitask.MultiHead && multitask.Disjoint then
        // Here the layers counted are linear ones.
        [ "own", PerTask.layer (Spec.layers (layers - 1) units outputs) ]
    elif multitask.MultiHead then
        [
            "shared", Spec.mlp layers units units
            "activation", Activate.layer Relu
            "head", PerTask.layer (Spec.layers 1 units outputs)
        ]
    else
        [ "trunk", Spec.mlp layers units outputs ]

/// Chosen by the original's flags.
let model = { TaskModel.Of("by_flags", layers) with IsByFlags = true; TakesHeads = true }
