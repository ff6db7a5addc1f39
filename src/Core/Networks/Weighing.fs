/// How much each task hears each expert: a softmax over the outputs of a small network, computed
/// once for each task and not for each row.
module internal Mtrl.Networks.Weighing

open MtrlFunctional.Tensors
open Mtrl.Tensors

/// 1 where a weight is among the `count` largest of its task, else 0. Equal weights count as one.
let private amongLargest count (weights: Tensor) =
    let weights = Ops.Detach weights

    let next (left: Tensor) _ =
        let best = Ops.AmaxDim(left, -1L, true)
        Ops.Where(Ops.Less(left, best), left, Ops.FullLike(left, -1.0))

    let left = Seq.fold next weights (seq { 2..count })
    let least = Ops.AmaxDim(left, -1L, true)
    Ops.ToType(Ops.GreaterOrEqual(weights, least), Ops.NumericOf weights)

/// The network at `path`, for `experts` experts: whatever the rows, [tasks; 1; experts], not
/// negative, adding up to one over the experts.
let build path (widths: Widths) experts (weighing: ExpertWeights) : Module =
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

    let known weights (signal: Signal) =
        match table with
        | Some table -> table.Run weights signal
        | None when weighing.Detach -> Ops.Detach(Signal.context signal)
        | None -> Signal.context signal

    {
        Parameters = (table |> Option.map _.Parameters |> Option.defaultValue []) @ trunk.Parameters
        Fixed = []
        Width = experts
        Run =
            fun weights signal ->
                let logits = trunk.Run weights { signal with Rows = known weights signal }
                let soft = Ops.Softmax(1.0 / weighing.Temperature *. logits, -1L)

                match weighing.TopK with
                | Some count when count < experts ->
                    let kept = soft .* amongLargest count soft
                    kept ./ Ops.SumDim(kept, -1L, true)
                | _ -> soft
    }
