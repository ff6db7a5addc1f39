/// Dense layers: y = x W + b, W of shape [inputs; units], for all rows alike; or a layer for
/// each entry of a leading dimension, W of shape [count; inputs; units].
module internal MtrlFunctional.Networks.Dense

open System.IO
open MtrlFunctional.Tensors

/// How a layer computes.
type DenseOptions = {
    /// ReLU in the same pass over the results.
    Relu: bool
    /// Rounds numbers to bfloat16, as PyTorch's autocast does; sums and parameters stay exact.
    Rounded: bool
}

/// In the precision of the parameters, without an activation.
let plain = { Relu = false; Rounded = false }

let private stored path initialiser shape units = [
    Parameter.shared (Parameter.join path "weight") shape initialiser
    Parameter.shared (Parameter.join path "bias") units Zeros
]

/// Parameters of one layer: Xavier weight, zero bias.
let parameters path inputs units =
    stored path XavierUniform [ int64 inputs; int64 units ] [ int64 units ]

/// The path of the layer that a parameter belongs to.
let layerOf (parameter: Parameter) =
    match Path.GetDirectoryName parameter.Path with
    | null -> ""
    | layer -> layer

/// The inputs of a Xavier weight; none of other parameters.
let private tryInputs (parameter: Parameter) =
    match parameter.Initialiser with
    | XavierUniform -> Some parameter.Shape[parameter.Shape.Length - 2]
    | Zeros
    | Ones
    | Uniform _
    | StandardNormal
    | Diagonal
    | DeltaOrthogonal
    | Given _
    | Drawn _ -> None

/// Dense layers among the parameters of a network, in their order: the path and the inputs of each Xavier weight that
/// has a bias.
let layers (parameters: Parameter list) : (string * int64) list =
    let isNamed name (parameter: Parameter) = Path.GetFileName parameter.Path = name

    parameters
    |> List.groupBy layerOf
    |> List.choose (fun (layer, parameters) ->
        if List.exists (isNamed "bias") parameters then
            List.tryFind (isNamed "weight") parameters
            |> Option.bind tryInputs
            |> Option.map (fun inputs -> layer, inputs)
        else
            None)

/// Parameters of `count` parallel layers.
let stack path initialiser count inputs units =
    stored path initialiser [ int64 count; int64 inputs; int64 units ] [ int64 count; int64 units ]

/// Parameters of parallel layers, one for each task.
let perTask path initialiser tasks inputs units =
    stack path initialiser tasks inputs units
    |> List.map (fun parameter -> { parameter with PerTask = true })

/// x W, without a bias.
let productAs options (w: Tensor) (x: Tensor) =
    DenseLayers.Product(x, w, options.Rounded)

/// x W, without a bias, in the precision of the parameters.
let product w = productAs plain w

/// [rows; inputs] to [rows; units] with the given weight and bias; or, with weights and biases of parallel layers,
/// [count; rows; inputs] to [count; rows; units] in one call.
let apply options (w: Tensor) (b: Tensor) (x: Tensor) =
    DenseLayers.Layer(x, w, b, options.Relu, options.Rounded)

/// The layer at `path`.
let run path options =
    let weight, bias = Parameter.join path "weight", Parameter.join path "bias"

    fun (weights: Weights) (x: Tensor) -> apply options weights[weight] weights[bias] x
