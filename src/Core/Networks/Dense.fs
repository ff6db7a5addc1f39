/// One dense layer: y = x W + b, W of shape [inputs; units], for all rows alike.
module Mtrl.Networks.Dense

open MtrlFunctional.Tensors
open Mtrl.Tensors

/// What a layer stores: Xavier weight, zero bias.
let parameters exact path inputs units = [
    {
        Path = Parameter.join path "weight"
        Shape = [ int64 inputs; int64 units ]
        Start = XavierUniform
        Exact = exact
    }
    {
        Path = Parameter.join path "bias"
        Shape = [ int64 units ]
        Start = Zeros
        Exact = exact
    }
]

/// [rows; inputs] to [rows; units], in the element type of the weight; negatives become 0 if
/// `relu`, in the same pass over the results.
let run path relu =
    let weight, bias = Parameter.join path "weight", Parameter.join path "bias"

    fun (weights: Weights) (x: Tensor) ->
        let w = weights[weight]
        let x = Ops.ToType(x, Ops.NumericOf w)
        Ops.Dense(x, Ops.Transpose(w, 0L, 1L), weights[bias], relu)
