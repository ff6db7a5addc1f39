/// One dense layer: y = x W + b, W of shape [inputs; units], for all rows alike.
module Mtrl.Networks.Dense

open MtrlFunctional.Tensors
open Mtrl.Tensors

/// How a layer computes.
type Manner = {
    /// Negatives become 0, in the same pass over the results.
    Relu: bool
    /// Rounds input and weight to bfloat16; sums, bias and gradients of parameters stay exact.
    Rounded: bool
    /// Leaves its result in bfloat16, for a layer that would round it anyway.
    Short: bool
}

/// What a layer stores: Xavier weight, zero bias.
let parameters path inputs units = [
    {
        Path = Parameter.join path "weight"
        Shape = [ int64 inputs; int64 units ]
        Start = XavierUniform
    }
    { Path = Parameter.join path "bias"; Shape = [ int64 units ]; Start = Zeros }
]

/// [rows; inputs] to [rows; units], in the element type of the weight unless the manner says
/// otherwise.
let run path manner =
    let weight, bias = Parameter.join path "weight", Parameter.join path "bias"

    fun (weights: Weights) (x: Tensor) ->
        let w = weights[weight]
        let exact = Ops.NumericOf w

        let pick short =
            if short then Numeric.BFloat16 else exact

        let x = Ops.ToType(x, pick manner.Rounded)
        Ops.DenseAs(pick manner.Short, x, Ops.Transpose(w, 0L, 1L), weights[bias], manner.Relu)
