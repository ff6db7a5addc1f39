/// Gradients with respect to given parameters only.
module MtrlFunctional.Tensors.Gradient

open System.Collections.Generic
open MtrlFunctional.Tensors

/// The same numbers as leaves of a recorded computation.
let leaves (weights: Weights) : Weights =
    let leaves = Dictionary weights.Count

    for KeyValue(path, tensor) in weights do
        leaves.Add(path, Ops.Leaf tensor)

    leaves

/// Gradients by `differentiate` with respect to leaves, as one vector in the element type of `recorded`; and
/// with respect to `others`, one by one.
let private gather layout (leaves: Weights) (others: Tensor list) recorded differentiate =
    let inputs = [|
        for slot in layout.Slots -> leaves[slot.Parameter.Path]
        yield! others
    |]

    let gradients: Tensor[] = differentiate inputs
    let count = inputs.Length - List.length others
    let vector = Ops.Flatten gradients[.. count - 1]
    Ops.ToType(vector, Ops.NumericOf recorded), gradients[count..]

/// The gradient of a scalar with respect to leaves, as one vector in the element type of the
/// scalar; and with respect to `others`, one by one.
let flat layout (leaves: Weights) (others: Tensor list) (loss: Tensor) =
    gather layout leaves others loss (fun inputs -> Ops.Grad(loss, inputs))

/// The same of the scalar Σ weight · loss, for losses recorded before their weights are available; both
/// of one shape.
let weighted layout (leaves: Weights) (others: Tensor list) (losses: Tensor) (weights: Tensor) =
    gather layout leaves others losses (fun inputs -> Ops.GradWeighted(losses, weights, inputs))
