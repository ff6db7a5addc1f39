/// Memories of surgery methods as named tensors of a checkpoint.
module internal MtrlFunctional.Algorithms.SurgeryCheckpoint

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

let private named (place, memory) =
    SurgeryState.toArrays memory
    |> List.map (fun (name, numbers) -> Parameter.join place name, numbers)

/// A memory below the name of a place.
let toNamed place memory = [
    for name, numbers in named (place, memory) ->
        name, Tensor.ofDoubles [| int64 numbers.Length |] numbers
]

/// The names that are missing or have another shape than in the memory at the start.
let faults find (place, start) = [
    for name, numbers in named (place, start) do
        yield! NamedTensors.fault find name [ int64 numbers.Length ]
]

/// A memory without faults.
let ofNamed (find: NamedTensors.Find) (place, start) =
    SurgeryState.toArrays start
    |> List.map (fun (name, _) ->
        let stored = find (Parameter.join place name) |> Option.get
        name, Tensor.toDoubles stored)
    |> SurgeryState.ofArrays
