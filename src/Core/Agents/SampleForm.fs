namespace MtrlFunctional.Agents

open System.Collections.Generic
open MtrlFunctional
open MtrlFunctional.Algorithms
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// Samples of one kind: how messages name an update on them, and their tensors by name.
[<NoEquality; NoComparison>]
type internal SampleForm<'sample> = {
    /// An update in messages, by its number and by the environment steps of each task before it.
    Title: int64 -> int64 -> string
    /// The tensors of a sample by name; their first index is the task, of several batches the batch.
    Named: 'sample -> (string * Tensor) list
    /// The sample that `Named` named, for the key of its update; each tensor is changed by `convert`.
    OfNamed: Key -> (Tensor -> Tensor) -> IReadOnlyDictionary<string, Tensor> -> 'sample
    /// A sample with the rows of one task; none where it does not keep them apart.
    OnlyTask: int -> 'sample -> 'sample option
}

/// The two kinds of samples.
module internal SampleForm =
    /// Batches of a replay.
    [<CompiledName("Replay")>]
    let replay: SampleForm<ReplaySample> = {
        Title = fun update step -> $"update {Digits.grouped update} (step {Digits.grouped step})"
        Named = SampleTensors.ofReplay
        OfNamed = fun _ convert tensors -> SampleTensors.toReplay tensors convert
        OnlyTask = SampleTensors.onlyTask
    }

    /// The episodes of an iteration. Progress and lag are no tensors of the episodes, so they are stored beside them.
    [<CompiledName("Episodes")>]
    let episodes: SampleForm<EpisodeSample> = {
        Title = fun iteration _ -> $"iteration {Digits.grouped iteration}"
        Named =
            fun sample -> [
                yield! SampleTensors.ofEpisodes sample.Episodes
                "progress", Tensor.ofDoubles [||] [| sample.Progress |]

                match sample.Lag with
                | Some lag -> "lag", Tensor.ofLongs [||] [| int64 lag |]
                | None -> ()
            ]
        OfNamed =
            fun key convert tensors -> {
                Key = key
                Progress = Tensor.item tensors["progress"]
                Lag =
                    match tensors.TryGetValue "lag" with
                    | true, lag -> Some(Checked.int (Array.head (Tensor.toLongs lag)))
                    | _ -> None
                Episodes = SampleTensors.toEpisodes tensors |> Episodes.map convert
            }
        OnlyTask = fun _ _ -> None
    }
