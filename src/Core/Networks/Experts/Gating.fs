/// How much each task hears each expert: a softmax over the outputs of a small network, computed
/// once for each task and not for each row.
module internal MtrlFunctional.Networks.Gating

open MtrlFunctional.Tensors

/// The `count` largest logits of each task, and −∞ in place of the others: their softmax and its
/// gradient are exactly 0 there. Equal logits count as one.
let private largest count (logits: Tensor) =
    let without = Ops.FullLike(logits, -infinity)

    let next (left: Tensor) _ =
        let best = Ops.AmaxDim(left, -1L, true)
        Ops.Where(Ops.Less(left, best), left, without)

    let left = Seq.fold next (Ops.Detach logits) (seq { 2..count })
    let least = Ops.AmaxDim(left, -1L, true)
    Ops.Where(Ops.GreaterOrEqual(logits, least), logits, without)

/// The network at `path`, for `experts` experts: whatever the rows, [tasks; 1; experts], not
/// negative, adding up to one over the experts.
let build path (widths: InputSizes) experts (weighing: Gate) : Module =
    let table =
        weighing.Table
        |> Option.map (TaskTable.build (Parameter.join path "table") widths)

    let inputs = weighing.Table |> Option.defaultValue widths.Context

    let trunk =
        Mlp.build Precision.Full (Parameter.join path "trunk") { widths with Features = inputs } {
            Hidden = weighing.Hidden
            Output = experts
            Activation = Relu
        }

    let known weights (signal: NetworkInput) =
        match table with
        | Some table -> table.Run weights signal
        | None when weighing.Detach -> Ops.Detach(NetworkInput.context signal)
        | None -> NetworkInput.context signal

    {
        Parameters = (table |> Option.map _.Parameters |> Option.defaultValue []) @ trunk.Parameters
        Fixed = []
        Width = experts
        Run =
            fun weights signal ->
                let logits = trunk.Run weights { signal with Rows = known weights signal }
                let scaled = 1.0 / weighing.Temperature *. logits

                let selected =
                    match weighing.TopK with
                    | Some count when count < experts -> largest count scaled
                    | _ -> scaled

                Ops.Softmax(selected, -1L)
    }
