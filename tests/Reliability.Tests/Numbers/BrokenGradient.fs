namespace MtrlFunctional.Reliability.Tests

open System
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Training

module private BrokenLayer =
    /// The identity with a gradient that is no number while it is broken: √0 has the slope ∞, and 0 · ∞ is NaN.
    let rec layer (isBroken: Func<bool>) : Spec =
        let build (sizes: InputSizes) : Module = {
            Parameters = []
            Fixed = []
            Width = sizes.Features
            Run =
                fun _ input ->
                    if isBroken.Invoke() then
                        input.Rows .+ Tensor.sqrt (0.0 *. input.Rows)
                    else
                        input.Rows
        }

        {
            Spec.Of("BrokenLayer", [ isBroken ], fun _ _ sizes -> build sizes) with
                Separate = fun () -> Some(layer isBroken)
        }

/// A network with that layer before its last one.
type BrokenGradient() as broken =
    let create (sizes: NetworkSizes) =
        Chain.layer [
            "trunk", Spec.mlp (sizes.Layers - 1) sizes.Units sizes.Units
            "broken", BrokenLayer.layer (Func<bool>(broken.Count))
            "last", Spec.mlp 0 0 sizes.Outputs
        ]

    let mutable passes = 0

    /// Passes from this one on are broken.
    member val From = Int32.MaxValue with get, set
    member _.Passes = passes

    member _.Count() =
        passes <- passes + 1
        passes >= broken.From

    member _.Extensions = Extensions(Networks = [ TaskModel.Shared("broken", create) ])
