namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// A model of one direction: ReLU layers, of which the first adds a linear map of the context to its outputs. So a zero
/// context leaves a plain network, bit by bit, and a context is a change of one bias.
type Dynamics = {
    /// State and action to the first hidden layer, before ReLU.
    Input: Module
    /// [context; units]; none without a context.
    Context: Parameter option
    /// ReLU and all further layers.
    Rest: Module
}

/// Models of one direction.
module internal Dynamics =
    let private sizes features : InputSizes = { Tasks = 1; Features = features; Context = 0 }

    /// The network without its context.
    let spec layers units outputs =
        Chain.layer [
            "input", Spec.mlp 0 0 units
            "relu", Activate.layer Relu
            "rest", Spec.mlp (layers - 1) units outputs
        ]

    let private build path features spec =
        Network.build Precision.Full path (sizes features) spec

    /// A model at `path`, of `inputs` numbers and contexts of `context` numbers, with `layers` hidden layers.
    let create path inputs context layers units outputs : Dynamics =
        let at = Parameter.join path

        {
            Input = build (at "input") inputs (Spec.mlp 0 0 units)
            Context =
                if context = 0 then
                    None
                else
                    XavierUniform
                    |> Parameter.shared (at "context/weight") [ int64 (context: int); int64 units ]
                    |> Some
            Rest =
                Chain.layer [
                    "relu", Activate.layer Relu
                    "rest", Spec.mlp (layers - 1) units outputs
                ]
                |> build path units
        }

    let parameters model =
        model.Input.Parameters @ Option.toList model.Context @ model.Rest.Parameters

    /// The term of a context [rows; context] in the first hidden layer, [rows; units].
    let private shift model (weights: Weights) context =
        match context, model.Context with
        | Some context, Some parameter -> Some(Tensor.matMul context weights[parameter.Path])
        | _ -> None

    /// Outputs [rows; steps; outputs] for scaled inputs [rows; steps; inputs] and the context of each row.
    let run model (weights: Weights) (context: Tensor option) (inputs: Tensor) =
        let hidden = model.Input.Run weights (NetworkInput.ofRows inputs)

        let hidden =
            match shift model weights context with
            | Some shift -> hidden .+ Tensor.unsqueeze 1 shift
            | None -> hidden

        model.Rest.Run weights (NetworkInput.ofRows hidden)

    /// Weights and biases of the dense layers with the context of one row, [1; context], in the first bias.
    let layers model (weights: Weights) (context: Tensor option) =
        let dense (parts: Module) =
            parts.Parameters
            |> List.map (fun parameter -> weights[parameter.Path])
            |> List.chunkBySize 2
            |> List.map (function
                | [ weight; bias ] -> weight, bias
                | _ -> invalidOp "A dense layer has a weight and a bias.")

        match dense model.Input, shift model weights context with
        | [ weight, bias ], Some shift ->
            (weight, bias .+ Tensor.squeeze 0 shift) :: dense model.Rest
        | input, _ -> input @ dense model.Rest
