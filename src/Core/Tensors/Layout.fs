namespace MtrlFunctional.Tensors

open System.Collections.Generic
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// A parameter with its place in the flat vector.
type Slot = { Parameter: Parameter; Offset: int64 }

/// Where each parameter of a network lies in one flat vector. An optimiser sees the vector, a
/// network sees views of it; no number is stored twice.
type Layout = { Slots: Slot list; Length: int64 }

/// Vectors as named parameters, and back.
module Layout =
    /// In the given order, without gaps.
    let create parameters =
        let place offset parameter =
            { Parameter = parameter; Offset = offset }, offset + Parameter.count parameter

        let slots, length = List.mapFold place 0L parameters
        { Slots = slots; Length = length }

    let private view (vector: Tensor) slot =
        Ops.Slice(vector, slot.Offset, List.toArray slot.Parameter.Shape)

    let private collect (tensorOf: Slot -> Tensor) layout : Weights =
        let weights = Dictionary layout.Slots.Length

        for slot in layout.Slots do
            weights.Add(slot.Parameter.Path, tensorOf slot)

        weights

    /// The parameters as views of the vector: constants for gradients.
    let views layout vector : Weights =
        let vector = Ops.Detach vector
        collect (view vector) layout

    /// The vector whose views are the given tensors.
    let flatten layout (tensorOf: Parameter -> Tensor) =
        Ops.Flatten [| for slot in layout.Slots -> tensorOf slot.Parameter |]

    let private fill place key parameter =
        let shape = List.toArray parameter.Shape
        let key = Key.forPurpose parameter.Path key

        match parameter.Initialiser with
        | Zeros -> Draw.constant place 0.0 shape
        | Ones -> Draw.constant place 1.0 shape
        | StandardNormal -> Draw.normal place key shape
        | Diagonal ->
            let rows, columns = int shape[0], int shape[1]

            TensorOptions.fromDoubles
                place
                [|
                    for i in 0 .. rows - 1 do
                        for j in 0 .. columns - 1 -> if i = j then 1.0 else 0.0
                |]
                shape
        | Given numbers -> TensorOptions.fromDoubles place numbers shape
        | XavierUniform ->
            let inputs, units = shape[shape.Length - 2], shape[shape.Length - 1]
            Draw.uniform place (sqrt (6.0 / float (inputs + units))) key shape

    /// Fresh parameters; each is drawn from the branch of its path.
    let initialise place key layout =
        if List.isEmpty layout.Slots then
            Draw.constant place 0.0 [| 0L |]
        else
            flatten layout (fill place key)
