/// Gradients with respect to given parameters only.
module MtrlFunctional.Tensors.Gradient

open System.Collections.Generic

/// The same numbers as leaves of a recorded computation.
let leaves (weights: Weights) : Weights =
    let leaves = Dictionary weights.Count

    for KeyValue(path, tensor) in weights do
        leaves.Add(path, Tensor.leaf tensor)

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
    Tensor.toType (Tensor.scalarType recorded) (Tensor.flatten ofLeaves), ofOthers

/// The gradient of a scalar with respect to leaves, as one vector in the element type of the
/// scalar; and with respect to `others`, one by one.
let flat layout (leaves: Weights) (others: Tensor list) (loss: Tensor) =
    gather layout leaves others (fun inputs -> Tensor.grad inputs loss)
    |> asVector loss

/// The gradients of a vector's numbers [count] with respect to leaves, [count; parameters], in the element type of the vector.
let internal rows layout (leaves: Weights) (losses: Tensor) =
    Tensor.stack 0 [|
        for i in 0L .. Tensor.count losses - 1L ->
            gather layout leaves [] (fun inputs ->
                Tensor.gradRetained inputs (Tensor.select 0 i losses))
            |> asVector losses
            |> fst
    |]

/// The vector of `Tensor.flatten` in pieces, one after the other, whose lengths follow from the shapes: a large tensor is a piece of
/// its own, which is not copied if it is contiguous.
[<CompiledName("InPieces")>]
let internal inPieces (tensors: Tensor[]) : Tensor[] =
    let isLarge tensor =
        Tensor.count tensor >= Gradients.LargeTensor

    let add (tensor: Tensor) pieces =
        match pieces with
        | small :: others when not (isLarge tensor || List.exists isLarge small) ->
            (tensor :: small) :: others
        | _ -> [ tensor ] :: pieces

    Array.foldBack add tensors []
    |> List.map (List.toArray >> Tensor.flatten)
    |> List.toArray

/// As `flat`, the vector in pieces (`inPieces`), which saves the copies of large parameters' gradients.
let internal pieces layout (leaves: Weights) (others: Tensor list) (loss: Tensor) =
    let ofLeaves, ofOthers =
        gather layout leaves others (fun inputs -> Tensor.grad inputs loss)

    inPieces ofLeaves |> Array.map (Tensor.toType (Tensor.scalarType loss)), ofOthers

/// The same of the scalar Σ weight · loss, for losses recorded before their weights are available; both
/// of one shape.
let internal weighted
    layout
    (leaves: Weights)
    (others: Tensor list)
    (losses: Tensor)
    (weights: Tensor)
    =
    gather layout leaves others (fun inputs -> Tensor.gradWeighted weights inputs losses)
    |> asVector losses
