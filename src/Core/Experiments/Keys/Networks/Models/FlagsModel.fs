/// The architectures of the original programs, which flags choose.
module internal MtrlFunctional.Experiments.FlagsModel

open System
open MtrlFunctional.Networks

let private layers (setting: ModelSetting) =
    let multitask = setting.Multitask
    let { Layers = layers; Units = units; Outputs = outputs } = setting.Sizes

    let modules outputs =
        SoftModules.layer {
            Modules = multitask.Actor.SoftModularizationExperts
            Units = units
            Output = outputs
        }

    /// Behind layers of all tasks a head for each.
    let headed shared = [
        "shared", shared
        "activation", Activate.layer Relu
        "head", PerTask.layer (Spec.layers 1 units outputs)
    ]

    if multitask.Actor.SoftModularization && multitask.MultiHead then
        headed (Chain.layer [ "modules", modules units ])
    elif multitask.Actor.SoftModularization then
        [ "modules", modules outputs ]
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
        headed (Spec.mlp layers units units)
    else
        [ "trunk", Spec.mlp layers units outputs ]

/// Chosen by the original's flags.
let model = { TaskModel.Of("by_flags", layers) with IsByFlags = true; TakesHeads = true }
