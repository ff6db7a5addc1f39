/// Gradients with respect to given parameters only.
module MtrlFunctional.Tensors.Gradient

open System.Collections.Generic

/// The same numbers as leaves of a recorded computation.
let leaves (weights: Weights) : Weights =
    let leaves = Dictionary weights.Count

    for KeyValue(path, tensor) in weights do
        leaves.Add(path, Ops.Leaf tensor)

    leaves

/// Gradients by `differentiate` with respect to leaves, in the order of the layout, and with respect to `others`.
let private gather layout (leaves: Weights) (others: Tensor list) differentiate =
    let inputs = [|
        for slot in layout.Slots -> leaves[slot.Parameter.Path]
        yield! others
    |]

    let gradients: Tensor[] = differentiate inputs
    let count = inputs.Length - List.length others
    gradients[.. count - 1], gradients[count..]

/// As one vector in the element type of `recorded`.
let private asVector recorded (ofLeaves, ofOthers: Tensor[]) =
    Ops.ToType(Ops.Flatten ofLeaves, Ops.NumericOf recorded), ofOthers

/// The gradient of a scalar with respect to leaves, as one vector in the element type of the
/// scalar; and with respect to `others`, one by one.
let flat layout (leaves: Weights) (others: Tensor list) (loss: Tensor) =
    gather layout leaves others (fun inputs -> Ops.Grad(loss, inputs))
    |> asVector loss

/// The gradients of a vector's numbers [count] with respect to leaves, [count; parameters], in the element type of the vector.
let rows layout (leaves: Weights) (losses: Tensor) =
    Ops.Stack(
        [|
            for i in 0L .. Ops.Count losses - 1L ->
                gather layout leaves [] (fun inputs ->
                    Ops.GradRetained(Ops.Select(losses, 0L, i), inputs))
                |> asVector losses
                |> fst
        |],
        0L
    )

/// As `flat`, the vector in pieces (`Ops.Pieces`), which saves the copies of large parameters' gradients.
let pieces layout (leaves: Weights) (others: Tensor list) (loss: Tensor) =
    let ofLeaves, ofOthers =
        gather layout leaves others (fun inputs -> Ops.Grad(loss, inputs))

    let numeric = Ops.NumericOf loss

    Ops.Pieces ofLeaves |> Array.map (fun piece -> Ops.ToType(piece, numeric)), ofOthers

/// The same of the scalar Σ weight · loss, for losses recorded before their weights are available; both
/// of one shape.
let weighted layout (leaves: Weights) (others: Tensor list) (losses: Tensor) (weights: Tensor) =
    gather layout leaves others (fun inputs -> Ops.GradWeighted(losses, weights, inputs))
    |> asVector losses
