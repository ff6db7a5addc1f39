namespace Mtrl.Algorithms

open System
open Mtrl.Tensors

/// Who computes the parts of a batch. Gradients of the parts add up in the order of the parts,
/// so that a result depends on their number only, not on timing.
type IShards =
    /// Into how many parts a batch is split.
    abstract Count: int

    /// Runs the body for 0 … Count − 1 and returns the results in order. Each runs in a scope of
    /// its own; the returned tensors belong to the scope of the caller.
    abstract Map: body: Func<int, Tensor[]> -> Tensor[][]

module Shards =
    /// One after the other, on the calling thread.
    let serial count = {
        new IShards with
            member _.Count = count

            member _.Map body =
                Array.init count (fun i -> Tensors.scope Seq.ofArray (fun () -> body.Invoke i))
    }

    /// Runs the body on every part of a batch and adds up, in order, what the parts returned.
    let sum (shards: IShards) batch (body: Batch -> Tensor[]) : Tensor[] =
        shards.Map(fun i -> batch |> Batch.part i shards.Count |> body)
        |> Array.reduce (Array.map2 (.+))
