/// A mixture of experts: Σ wₑ(task) expertₑ(x), with weights that add up to one.
///
/// All experts are one product per layer. The mean is taken before the last layer, not after it:
/// Σ wₑ (hₑ Wₑ + bₑ) = [w₁h₁ … ] [W₁; …] + Σ wₑ bₑ, so that the outputs of single experts are
/// never stored.
module internal MtrlFunctional.Networks.Experts

open MtrlFunctional.Tensors

/// Weights that are the same at each update, [tasks; 1; experts].
let private constant (table: float list list) : Module =
    let rows =
        table |> List.map (fun row -> row |> List.map (fun w -> w / List.sum row))

    let tasks, experts = rows.Length, rows.Head.Length
    let numbers = rows |> List.concat |> List.toArray

    {
        Parameters = []
        Fixed = []
        Width = experts
        Run =
            fun _ signal ->
                let heard, shown =
                    match signal.Task with
                    | None -> numbers, tasks
                    | Some task -> Array.sub numbers (task * experts) experts, 1

                let place = TensorOptions.ofTensor signal.Rows
                TensorOptions.fromDoubles place heard [| int64 shown; 1L; int64 experts |]
    }

/// How much each task hears each expert: whatever the rows, [tasks; 1; experts].
let weighing path (widths: InputSizes) (mixture: Mixture) : Module =
    let table cell = [
        for task in 0 .. widths.Tasks - 1 -> [ for e in 0 .. mixture.Experts - 1 -> cell task e ]
    ]

    match mixture.Selection with
    | OneToOne -> constant (table (fun task e -> if task = e then 1.0 else 0.0))
    | Ensemble -> constant (table (fun _ _ -> 1.0))
    | Clusters heard -> constant (heard |> List.map (List.map (fun h -> if h then 1.0 else 0.0)))
    | Gated weighing ->
        Gating.build (Parameter.join path "selection") widths mixture.Experts weighing

/// The first layer: all experts see the same rows. [rows; inputs] to [rows; experts · units].
let private widen path (weights: Weights) relu (x: Tensor) =
    let w, b =
        weights[Parameter.join path "weight"], weights[Parameter.join path "bias"]

    let experts, inputs, units = Ops.Size(w, 0), Ops.Size(w, 1), Ops.Size(w, 2)
    let w = Ops.Reshape(Ops.Transpose(w, 1L, 2L), [| experts * units; inputs |])
    Ops.Dense(x, w, Ops.Reshape(b, [| experts * units |]), relu)

/// A layer between: each expert its own rows, [rows; experts · inputs] to [rows; experts · units].
let private advance path (weights: Weights) relu (x: Tensor) =
    let w = weights[Parameter.join path "weight"]
    let experts, inputs = Ops.Size(w, 0), Ops.Size(w, 1)
    let rows = Ops.Size(x, 0)
    let x = Ops.Transpose(Ops.Reshape(x, [| rows; experts; inputs |]), 0L, 1L)
    let y = Dense.run path { Dense.plain with Relu = relu } weights (Ops.Contiguous x)
    Ops.Reshape(Ops.Transpose(y, 0L, 1L), [| rows; experts * Ops.Size(y, 2) |])

/// Each row of [tasks; rows; experts · width] with each expert's part times its weight.
let private weigh (heard: Tensor) (x: Tensor) =
    let tasks, rows, experts = Ops.Size(x, 0), Ops.Size(x, 1), Ops.Size(heard, 2)
    let all = Ops.Size(x, 2)
    let parts = Ops.Reshape(x, [| tasks; rows; experts; all / experts |])
    Ops.Reshape(parts .* Ops.Unsqueeze(heard, 3L), [| tasks; rows; all |])

let private mix path (widths: InputSizes) (mixture: Mixture) : Module =
    let selection = weighing path widths mixture
    let sizes = Layers.sizes widths.Features mixture.Expert
    let layer i = Parameter.join path $"expert/{i}"
    let last = sizes.Length - 1
    let relu = mixture.Expert.Activation = Relu

    let activated y =
        if relu then y else Mlp.activate mixture.Expert.Activation y

    /// [rows; inputs] to [rows; experts · hidden].
    let hidden weights x =
        let step x i =
            let run = if i = 0 then widen else advance
            run (layer i) weights relu x |> activated

        List.fold step x [ 0 .. last - 1 ]

    /// Without hidden layers all experts still see the same rows.
    let spread (x: Tensor) =
        Ops.Reshape(
            Ops.Expand(Ops.Unsqueeze(x, 1L), [| -1L; int64 mixture.Experts; -1L |]),
            [| Ops.Size(x, 0); int64 mixture.Experts * Ops.Size(x, 1) |]
        )

    {
        Parameters =
            selection.Parameters
            @ (sizes
               |> List.mapi (fun i (inputs, units) ->
                   Dense.stack (layer i) XavierUniform mixture.Experts inputs units)
               |> List.concat)
        Fixed = selection.Fixed
        Width = mixture.Expert.Output
        Run =
            fun weights signal ->
                let heard = selection.Run weights signal
                let w = weights[Parameter.join (layer last) "weight"]
                let b = weights[Parameter.join (layer last) "bias"]
                let w = Ops.Reshape(w, [| -1L; Ops.Size(w, 2) |])
                let h = Rows.flat (if last = 0 then spread else hidden weights) signal.Rows
                let y = Rows.flat (Dense.product w) (weigh heard h)
                y .+ Ops.MatMul(heard, b)
    }

/// The mixture at `path`. Where each task has an expert for itself, the others are not computed.
let build path (widths: InputSizes) (mixture: Mixture) : Module =
    match mixture.Selection with
    | OneToOne -> PerTask.build (Parameter.join path "expert") widths mixture.Expert
    | Ensemble
    | Clusters _
    | Gated _ -> mix path widths mixture
