/// Gradients with respect to the parameters that learn, and to nothing else.
module Mtrl.Tensors.Gradient

open System.Collections.Generic
open MtrlFunctional.Tensors

/// The same numbers as starting points of a recorded computation.
let leaves (weights: Weights) : Weights =
    let leaves = Dictionary weights.Count

    for KeyValue(path, tensor) in weights do
        leaves.Add(path, Ops.Leaf tensor)

    leaves

/// The gradient of a scalar with respect to leaves, as one vector in the element type of the
/// scalar; and with respect to `others`, one by one.
let flat layout (leaves: Weights) (others: Tensor list) (loss: Tensor) =
    let inputs = [|
        for slot in layout.Slots -> leaves[slot.Parameter.Path]
        yield! others
    |]

    let gradients = Ops.Grad(loss, inputs)
    let count = inputs.Length - List.length others
    let vector = Ops.Flatten gradients[.. count - 1]
    Ops.ToType(vector, Ops.NumericOf loss), gradients[count..]
