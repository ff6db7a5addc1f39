/// Random inputs, the same in every process.
module Inputs

open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

let key = Key.ofSeed 1L |> Key.forPurpose "bench"

/// Normal numbers.
let normal name (shape: int seq) =
    Draw.normal TensorOptions.cpu (Key.forPurpose name key) [| for size in shape -> int64 size |]

/// Actions in [-1, 1]: 100 steps of `count` numbers.
let actions count =
    Array.init 100 (fun t ->
        Array.init count (fun i ->
            float32 (2.0 * Key.uniform (key |> Key.at (int64 t) |> Key.at (int64 i)) - 1.0)))
