namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// A network that computes mixture weights for each task: a softmax over its outputs.
type internal Gate = {
    /// Width of a learned task embedding as its input; none: the context.
    Table: int option
    Hidden: int list
    /// Divides the logits.
    Temperature: float
    /// The k of the largest weights, the others are 0; none: all.
    TopK: int option
    /// No gradient flows from the weights to the context.
    Detach: bool
}

/// Mixture weights of each task over the experts: a softmax over the outputs of a small network,
/// computed once for each task and not for each row.
module internal Gating =
    /// The `count` largest logits of each task, of equal logits the first, and −∞ in place of the others, where softmax and
    /// its gradient are exactly 0.
    let private largest count (logits: Tensor) =
        let masked = Tensor.fullLike (-infinity) logits

        let select (remaining, selected) _ =
            let isLargest = Tensor.isLargest remaining
            Tensor.where isLargest masked remaining, Tensor.where isLargest logits selected

        Seq.fold select (Tensor.detach logits, masked) (seq { 1..count }) |> snd

    /// The network at `path`: `outputs` numbers of each task, [tasks; 1; outputs], independent of the rows.
    let query path (sizes: InputSizes) outputs gate : Module =
        let table =
            gate.Table |> Option.map (TaskTable.build (Parameter.join path "table") sizes)

        let inputs = gate.Table |> Option.defaultValue sizes.Context

        let trunk =
            Mlp.build Precision.Full (Parameter.join path "trunk") { sizes with Features = inputs } {
                Hidden = gate.Hidden
                Output = outputs
                Activation = Relu
            }

        let taskFeatures weights (input: NetworkInput) =
            match table with
            | Some table -> table.Run weights input
            | None when gate.Detach -> Tensor.detach (NetworkInput.context input)
            | None -> NetworkInput.context input

        {
            Parameters =
                (table |> Option.map _.Parameters |> Option.defaultValue []) @ trunk.Parameters
            Fixed = []
            Width = outputs
            Run =
                fun weights input ->
                    trunk.Run weights { input with Rows = taskFeatures weights input }
        }

    /// Mixture weights of logits over `experts` experts in the last dimension: not negative, with sum 1.
    let weigh experts gate (logits: Tensor) =
        let scaled = 1.0 / gate.Temperature *. logits

        let selected =
            match gate.TopK with
            | Some count when count < experts -> largest count scaled
            | _ -> scaled

        Tensor.softmax -1 selected

    /// The network at `path`, for `experts` experts: mixture weights [tasks; 1; experts], independent of the rows.
    let build path sizes experts gate : Module =
        let logits = query path sizes experts gate

        {
            logits with
                Run = fun weights input -> weigh experts gate (logits.Run weights input)
        }
