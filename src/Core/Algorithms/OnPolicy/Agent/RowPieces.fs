/// Networks at all rows of an iteration, without a gradient.
///
/// For all rows at once, the results of one hidden layer exceed the size up to which the allocator uses memory again
/// (docs/adr/0003): the system would clear new pages for each of them, on one thread.
module internal MtrlFunctional.Algorithms.RowPieces

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Rows of a piece, all tasks together.
[<Literal>]
let private PieceRows = 2048L

/// First row and number of rows of each piece, for a number of rows of each task.
let private pieces tasks rows =
    let size = max 1L (PieceRows / tasks)
    [| for first in 0L .. size .. rows - 1L -> first, min size (rows - first) |]

/// The network, whose results are constants, evaluated in pieces that the threads share. Rows of sequences depend on
/// each other and are evaluated at once.
let private network (shards: IShards) (network: Module) =
    let ofPiece weights (input: NetworkInput) (first, count) =
        let rows = Tensor.contiguous (Tensor.narrow 1 first count input.Rows)
        network.Run weights { input with Rows = rows }

    let run weights (input: NetworkInput) =
        let pieces = pieces (Tensor.size 0 input.Rows) (Tensor.size 1 input.Rows)

        if input.Sequences.IsSome || pieces.Length < 2 then
            network.Run weights input
        else
            let evaluate piece =
                Tensors.constant Seq.singleton (fun () -> ofPiece weights input piece)

            let parts = Array.splitInto shards.Count pieces
            Tensor.cat 1 (Array.concat (Shards.each shards parts (Array.map evaluate)))

    { network with Run = run }

/// Rows of an iteration that are steps of an episode, the others being padding.
type RealRows = {
    /// With padding.
    RowsOfTask: int64
    /// Indices among the rows of all tasks.
    Places: int64[]
}

/// A small network, which is evaluated at the real rows only, in native calls.
let private small (shards: IShards) real layers (network: Module) =
    let run (weights: Weights) (input: NetworkInput) =
        let tasks, rows = Tensor.size 0 input.Rows, Tensor.size 1 input.Rows

        let parameters =
            network.Parameters
            |> List.map (fun p -> Tensor.reshape [| -1L |] weights[p.Path])
            |> List.toArray
            |> Tensor.cat 0

        let indices =
            match real with
            | Some real when real.RowsOfTask = rows -> real.Places
            | _ -> Array.init (int (tasks * rows)) int64

        SmallNetwork.outputs shards layers parameters input.Rows indices

    {
        network with
            Run =
                fun weights input ->
                    let isSingle =
                        FusedMlp.IsAvailable input.Rows
                        && FusedMlp.IsAvailable weights[network.Parameters.Head.Path]

                    if input.Task.IsNone && isSingle then
                        Tensors.constant Seq.singleton (fun () -> run weights input)
                    else
                        network.Run weights input
    }

let private evaluated shards real precision spec network' =
    match spec with
    | SmallNetwork.Small layers when precision = Precision.Full ->
        small shards real layers (network shards network')
    | _ -> network shards network'

/// The agent with such networks; `real`: the rows whose outputs matter, none: all.
let ofAgent (shards: IShards) real (agent: OnPolicyAgent) =
    let config = agent.Config

    {
        agent with
            Policy =
                evaluated shards real config.Precision (OnPolicyConfig.policy config) agent.Policy
            Value =
                match config.Value, agent.Value with
                | ValueNetwork value, Some network ->
                    Some(evaluated shards real config.Precision value.Spec network)
                | _ -> None
    }
