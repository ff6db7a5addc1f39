/// One dense layer: y = x W + b, W of shape [inputs; units], for all rows alike; or a layer for
/// each entry of a leading dimension, W of shape [count; inputs; units].
module internal MtrlFunctional.Networks.Dense

open MtrlFunctional.Tensors

/// How a layer computes.
type DenseOptions = {
    /// Negatives become 0, in the same pass over the results.
    Relu: bool
    /// Rounds input and weight to bfloat16; sums, bias and gradients of parameters stay exact.
    Rounded: bool
}

/// As precise as the parameters, without an activation.
let plain = { Relu = false; Rounded = false }

let private stored path start shape units = [
    Parameter.shared (Parameter.join path "weight") shape start
    Parameter.shared (Parameter.join path "bias") units Zeros
]

/// What a layer stores: Xavier weight, zero bias.
let parameters path inputs units =
    stored path XavierUniform [ int64 inputs; int64 units ] [ int64 units ]

/// What `count` layers beside each other store.
let stack path start count inputs units =
    stored path start [ int64 count; int64 inputs; int64 units ] [ int64 count; int64 units ]

/// What layers beside each other store of which each task has its own.
let perTask path start tasks inputs units =
    stack path start tasks inputs units
    |> List.map (fun parameter -> { parameter with PerTask = true })

/// x W, for a weight without a bias.
let product (w: Tensor) (x: Tensor) =
    Ops.DenseProduct(x, Ops.Transpose(w, 0L, 1L))

/// [rows; inputs] to [rows; units] with the given weight and bias; or, with those of a stack,
/// [count; rows; inputs] to [count; rows; units] in one call. In the element type of the weight
/// unless the manner says otherwise.
let apply manner (w: Tensor) (b: Tensor) (x: Tensor) =
    let exact = Ops.NumericOf w
    let x = Ops.ToType(x, (if manner.Rounded then Numeric.BFloat16 else exact))
    Ops.DenseAs(exact, x, Ops.Transpose(w, -2L, -1L), b, manner.Relu)

/// The layer at `path`.
let run path manner =
    let weight, bias = Parameter.join path "weight", Parameter.join path "bias"

    fun (weights: Weights) (x: Tensor) -> apply manner weights[weight] weights[bias] x
