namespace MtrlFunctional.Tensors

open System.Collections.Generic
open MtrlFunctional.Randomness

/// A parameter with its offset in the flat vector.
type Slot = { Parameter: Parameter; Offset: int64 }

/// Offsets of the parameters of a network in one flat vector. An optimiser steps the vector, a network
/// reads views of it; no number is stored twice.
type Layout = { Slots: Slot list; Length: int64 }

/// Vectors as named parameters, and back.
module Layout =
    /// In the given order, without gaps.
    let create parameters =
        let slotAt offset parameter =
            { Parameter = parameter; Offset = offset }, offset + Parameter.count parameter

        let slots, length = List.mapFold slotAt 0L parameters
        { Slots = slots; Length = length }

    /// The parameters as parts of the vector: gradients flow to the vector.
    let internal parts layout (vector: Tensor) : Weights =
        let weights = Dictionary layout.Slots.Length

        for slot in layout.Slots do
            let part = Tensor.narrow 0 slot.Offset (Parameter.count slot.Parameter) vector
            let shape = List.toArray slot.Parameter.Shape
            weights.Add(slot.Parameter.Path, Tensor.reshape shape part)

        weights

    /// The parameters as views of the vector: constants for gradients.
    [<CompiledName("Views")>]
    let views layout vector : Weights = parts layout (Tensor.detach vector)

    /// The vector whose views are the given tensors.
    let flatten layout (tensorOf: Parameter -> Tensor) =
        Tensor.flatten [| for slot in layout.Slots -> tensorOf slot.Parameter |]

    let private fill options root parameter =
        let shape = List.toArray parameter.Shape
        let key = Key.forPurpose parameter.Path root

        // Where each task has an entry, numbers for one are those of each.
        let forEachSet (numbers: float[]) =
            if parameter.PerTask && int64 numbers.Length * shape[0] = Parameter.count parameter then
                Array.concat (Array.replicate (int shape[0]) numbers)
            else
                numbers

        match parameter.Initialiser with
        | Zeros -> Draw.constant options 0.0 shape
        | Ones -> Draw.constant options 1.0 shape
        | StandardNormal -> Draw.normal options key shape
        | Diagonal ->
            let rows, columns = int shape[shape.Length - 2], int shape[shape.Length - 1]

            TensorOptions.fromDoubles
                options
                (forEachSet [|
                    for i in 0 .. rows - 1 do
                        for j in 0 .. columns - 1 -> if i = j then 1.0 else 0.0
                |])
                shape
        | Given numbers -> TensorOptions.fromDoubles options (forEachSet numbers) shape
        | Drawn values ->
            let sets = if parameter.PerTask then shape[0] else 1L

            let numbers =
                [| 0L .. sets - 1L |] |> Array.collect (fun set -> values.Draw(Key.at set root))

            TensorOptions.fromDoubles options numbers shape
        | DeltaOrthogonal ->
            let filters = shape[shape.Length - 4 ..]
            let sets = Array.fold (*) 1L shape[.. shape.Length - 5]

            let numbers =
                [| 0L .. sets - 1L |]
                |> Array.collect (fun set -> Orthonormal.centreTap (Key.at set key) filters)

            TensorOptions.fromDoubles options numbers shape
        | Uniform bound -> Draw.uniform options bound key shape
        | XavierUniform ->
            let inputs, units = shape[shape.Length - 2], shape[shape.Length - 1]
            Draw.uniform options (sqrt (6.0 / float (inputs + units))) key shape

    /// Initial values of the parameters; each is drawn from the branch of its path.
    let initialise options key layout =
        if List.isEmpty layout.Slots then
            Draw.constant options 0.0 [| 0L |]
        else
            flatten layout (fill options key)
