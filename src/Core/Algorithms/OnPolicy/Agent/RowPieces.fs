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

/// The agent with such networks.
let ofAgent (shards: IShards) (agent: OnPolicyAgent) = {
    agent with
        Policy = network shards agent.Policy
        Value = agent.Value |> Option.map (network shards)
}
