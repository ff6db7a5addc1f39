/// Stacks of dense layers.
///
/// In bfloat16 only the layers between hidden layers are rounded: positions in millimetres and
/// values in tenths need more than the eight bits of its mantissa, so that the first layer and
/// the last are exact. They are a small part of the work.
module Mtrl.Networks.Mlp

open MtrlFunctional.Tensors
open Mtrl.Tensors

let internal activate activation (x: Tensor) =
    match activation with
    | Relu -> Ops.Relu x
    | Tanh -> Ops.Tanh x

/// The stack at `path`, for an input of the given widths.
let build precision path (widths: Widths) (mlp: Layers) : Module =
    let last = List.length mlp.Hidden

    let isRounded i =
        precision = Precision.BFloat16 && 0 < i && i < last

    let layers =
        Layers.sizes widths.Features mlp
        |> List.mapi (fun i (inputs, units) ->
            let path = Parameter.join path (string i)
            let hidden = i < last
            let relu = hidden && mlp.Activation = Relu

            let dense =
                Dense.run path {
                    Relu = relu
                    Rounded = isRounded i
                    Short = relu && isRounded (i + 1)
                }

            let run =
                if hidden && not relu then
                    fun weights x -> dense weights x |> activate mlp.Activation
                else
                    dense

            Dense.parameters path inputs units, run)

    {
        Parameters = List.collect fst layers
        Fixed = []
        Width = mlp.Output
        Run =
            fun weights signal ->
                let step x (_, run) = run weights x
                Rows.flat (fun rows -> List.fold step rows layers) signal.Rows
    }
