namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// A function of each feature.
module Activate =
    let internal run activation (x: Tensor) =
        match activation with
        | Relu -> Tensor.relu x
        | Tanh -> Tensor.tanh x

    /// A layer with the function behind it; `layer true` has a ReLU in the same pass, `layer false` none.
    let internal behind activation (layer: bool -> Tensor) =
        match activation with
        | Relu -> layer true
        | Tanh -> Tensor.tanh (layer false)

    let private describe =
        function
        | Relu -> "ReLU"
        | Tanh -> "tanh"

    /// The function between two layers.
    [<CompiledName("Layer")>]
    let rec layer (activation: Activation) : Spec = {
        Spec.Of(
            "Activate",
            [ activation ],
            fun _ _ sizes -> Module.plain sizes.Features (fun input -> run activation input.Rows)
        ) with
            Describe = fun _ _ -> describe activation
            OnRow = fun _ _ row -> Ok(activate activation row)
            Separate = fun () -> Some(layer activation)
            Activated = Some(fun other -> layer (if activation = Relu then other else activation))
            Dense = Some [ DenseStep.Activate activation ]
    }
