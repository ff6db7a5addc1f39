namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// The experts of each task.
type internal Selection =
    /// Expert i for task i.
    | OneToOne
    /// All experts, with equal weights.
    | Ensemble
    /// For each task and each expert, whether it is chosen; chosen experts have equal weights.
    | Clusters of bool list list
    | Gated of Gate
    /// Mixture weights of each row: a softmax over the products of the experts' outputs with the output of the gate.
    | Scored of Gate

/// A weighted mean of experts of equal shape. Sources: CARE (Sodhani et al. 2021,
/// arXiv:2102.06177) and the other selections of mtrl.
type internal Mixture = { Experts: int; Expert: Layers; Selection: Selection }

/// A mixture of experts: Σ wₑ(task) expertₑ(x), with mixture weights of sum 1.
///
/// All experts are one product per layer. The mean is taken before the last layer, not after it:
/// Σ wₑ (hₑ Wₑ + bₑ) = [w₁h₁ … ] [W₁; …] + Σ wₑ bₑ, so that the outputs of single experts are
/// never stored.
module internal Experts =
    /// Mixture weights that are never trained, [tasks; 1; experts].
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
                fun _ input ->
                    let mixtureWeights, tasks =
                        match input.Task with
                        | None -> numbers, tasks
                        | Some task -> Array.sub numbers (task * experts) experts, 1

                    let options = TensorOptions.ofTensor input.Rows

                    TensorOptions.fromDoubles options mixtureWeights [|
                        int64 tasks
                        1L
                        int64 experts
                    |]
        }

    /// Where the network of a selection is, for a mixture at `path`.
    let selectionPath path = Parameter.join path "selection"

    /// Mixture weights of each task over the experts, [tasks; 1; experts], independent of the rows. Raises
    /// ArgumentException where they depend on the rows.
    let mixtureWeights path (sizes: InputSizes) (mixture: Mixture) : Module =
        let table cell = [
            for task in 0 .. sizes.Tasks - 1 -> [ for e in 0 .. mixture.Experts - 1 -> cell task e ]
        ]

        match mixture.Selection with
        | OneToOne -> constant (table (fun task e -> if task = e then 1.0 else 0.0))
        | Ensemble -> constant (table (fun _ _ -> 1.0))
        | Clusters chosen ->
            constant (chosen |> List.map (List.map (fun isChosen -> if isChosen then 1.0 else 0.0)))
        | Gated gate -> Gating.build (selectionPath path) sizes mixture.Experts gate
        | Scored _ -> invalidArg (nameof mixture) "These mixture weights depend on the rows."

    /// The first layer: all experts have the same input. [rows; inputs] to [rows; experts · units].
    let private firstLayer path (weights: Weights) relu (x: Tensor) =
        let w, b =
            weights[Parameter.join path "weight"], weights[Parameter.join path "bias"]

        let experts, inputs, units = Tensor.size 0 w, Tensor.size 1 w, Tensor.size 2 w
        let w = Tensor.reshape [| inputs; experts * units |] (Tensor.transpose 0 1 w)
        DenseLayers.Layer(x, w, Tensor.reshape [| experts * units |] b, relu, false)

    /// A further hidden layer: each expert has its own input. [rows; experts · inputs] to
    /// [rows; experts · units].
    let private hiddenLayer path (weights: Weights) relu (x: Tensor) =
        let w = weights[Parameter.join path "weight"]
        let experts, inputs = Tensor.size 0 w, Tensor.size 1 w
        let rows = Tensor.size 0 x
        let x = Tensor.transpose 0 1 (Tensor.reshape [| rows; experts; inputs |] x)

        let y =
            Dense.run path { Dense.plain with Relu = relu } weights (Tensor.contiguous x)

        Tensor.reshape [| rows; experts * Tensor.size 2 y |] (Tensor.transpose 0 1 y)

    /// Each row of [tasks; rows; experts · width] with the part of each expert times its mixture weight.
    let private weigh (mixtureWeights: Tensor) (x: Tensor) =
        let tasks, rows, experts =
            Tensor.size 0 x, Tensor.size 1 x, Tensor.size 2 mixtureWeights

        let features = Tensor.size 2 x
        let parts = Tensor.reshape [| tasks; rows; experts; features / experts |] x
        Tensor.reshape [| tasks; rows; features |] (parts .* Tensor.unsqueeze 3 mixtureWeights)

    /// The parameters of all experts, one tensor for each layer; `layer` is the path of a layer.
    let private stacked layer layers experts =
        layers
        |> List.mapi (fun i (inputs, units) ->
            Dense.stack (layer i) XavierUniform experts inputs units)
        |> List.concat

    let private mix path (sizes: InputSizes) (mixture: Mixture) : Module =
        let selection = mixtureWeights path sizes mixture
        let layers = Layers.sizes sizes.Features mixture.Expert
        let layer i = Parameter.join path $"expert/{i}"
        let last = layers.Length - 1

        /// [rows; inputs] to [rows; experts · hidden].
        let hidden weights x =
            let step x i =
                let run = if i = 0 then firstLayer else hiddenLayer
                Activate.behind mixture.Expert.Activation (fun relu -> run (layer i) weights relu x)

            List.fold step x [ 0 .. last - 1 ]

        /// Without hidden layers: the same rows for each expert, [rows; experts · inputs].
        let repeated (x: Tensor) =
            Tensor.reshape
                [| Tensor.size 0 x; int64 mixture.Experts * Tensor.size 1 x |]
                (Tensor.expand [| -1L; int64 mixture.Experts; -1L |] (Tensor.unsqueeze 1 x))

        {
            Parameters = selection.Parameters @ stacked layer layers mixture.Experts
            Fixed = selection.Fixed
            Width = mixture.Expert.Output
            Run =
                fun weights input ->
                    let mixtureWeights = selection.Run weights input
                    let w = weights[Parameter.join (layer last) "weight"]
                    let b = weights[Parameter.join (layer last) "bias"]
                    let w = Tensor.reshape [| -1L; Tensor.size 2 w |] w
                    let h = Rows.flat (if last = 0 then repeated else hidden weights) input.Rows
                    let y = Rows.flat (Dense.product w) (weigh mixtureWeights h)
                    y .+ Tensor.matMul mixtureWeights b
        }

    /// A mixture whose weights come from the experts' outputs z: α = softmax ⟨z, q⟩ with a query q of each task, as in
    /// CARE's paper. The outputs of single experts are stored.
    let private score path (sizes: InputSizes) (mixture: Mixture) gate : Module =
        let query = Gating.query (selectionPath path) sizes mixture.Expert.Output gate
        let layers = Layers.sizes sizes.Features mixture.Expert
        let layer i = Parameter.join path $"expert/{i}"

        {
            Parameters = query.Parameters @ stacked layer layers mixture.Experts
            Fixed = []
            Width = mixture.Expert.Output
            Run =
                fun weights input ->
                    let shape = Tensor.shape input.Rows
                    let rows = Tensor.reshape [| shape[0] * shape[1]; shape[2] |] input.Rows

                    let map i =
                        weights[layer i + "/weight"], weights[layer i + "/bias"]

                    let z = Tensor.transpose 0 1 (Blend.run mixture.Expert map rows)
                    // [tasks; rows; experts; features].
                    let z = Tensor.reshape [| shape[0]; shape[1]; int64 mixture.Experts; -1L |] z
                    let q = Tensor.unsqueeze 2 (query.Run weights input)

                    let mixtureWeights =
                        Gating.weigh mixture.Experts gate (Tensor.sumDim 3 (z .* q))

                    Tensor.sumDim 2 (z .* Tensor.unsqueeze 3 mixtureWeights)
        }

    /// The mixture at `path`. If each task has one expert for itself, only this expert is computed.
    let build path (sizes: InputSizes) (mixture: Mixture) : Module =
        match mixture.Selection with
        | OneToOne -> PerTask.build (Parameter.join path "expert") sizes mixture.Expert
        | Ensemble
        | Clusters _
        | Gated _ -> mix path sizes mixture
        | Scored gate -> score path sizes mixture gate

    let private sizesOf (source: RowSource) (x: Row) = {
        Tasks = source.Tasks
        Features = x.Width
        Context =
            source.Context
            |> Option.map (fun x -> int (Tensor.size 2 x))
            |> Option.defaultValue 0
    }

    /// The sum of all experts with the mixture weights of each task.
    let private mixtureRows (source: RowSource) path (mixture: Mixture) x =
        let sizes = sizesOf source x

        let weights =
            (mixtureWeights path sizes mixture).Run source.Weights {
                NetworkInput.ofTasks source.Tasks with
                    Context = source.Context
            }

        parallelStacks source (Parameter.join path "expert") mixture.Experts mixture.Expert x
        |> Row.apply (RowLayer.Blend(contextNumbers weights))

    /// With weights of each row: the products with the query are one layer of each task.
    let private scoredRows (source: RowSource) path (mixture: Mixture) gate x =
        let sizes = sizesOf source x
        let experts', width = mixture.Experts, mixture.Expert.Output

        let query =
            (Gating.query (selectionPath path) sizes width gate).Run source.Weights {
                NetworkInput.ofTasks source.Tasks with
                    Context = source.Context
            }
            |> values

        // Unit e of a task has its query at the outputs of expert e, 0 elsewhere.
        let products =
            Array.init (source.Tasks * experts' * width * experts') (fun i ->
                let row, e = i / experts' % (experts' * width), i % experts'

                if row / width = e then
                    query[i / (experts' * width * experts') * width + row % width]
                    / float32 gate.Temperature
                else
                    0f)

        let outputs =
            parallelStacks source (Parameter.join path "expert") experts' mixture.Expert x

        let scores =
            outputs
            |> Row.apply (
                RowLayer.Dense {
                    Weight = {
                        Shape = [ experts' * width; experts' ]
                        Sets = source.Tasks
                        SetOf = []
                        Values = products
                    }
                    Bias = zeros experts'
                }
            )

        Row.applyAll (RowLayer.Product experts') [
            Row.apply (RowLayer.Softmax experts') scores
            outputs
        ]

    let private errors (sizes: InputSizes) (mixture: Mixture) =
        let expects experts =
            SpecError.unless
                (mixture.Experts = experts)
                (SpecError.ExpertCount(mixture.Experts, experts))

        match mixture.Selection with
        | Ensemble -> []
        | OneToOne -> expects sizes.Tasks
        | Clusters chosen -> chosen |> List.map List.length |> List.distinct |> List.collect expects
        | Gated gate
        | Scored gate -> [
            yield!
                SpecError.unless
                    (gate.Table.IsSome || sizes.Context > 0)
                    (SpecError.NoContext ContextReader.Mixture)

            match gate.TopK with
            | Some kept ->
                yield!
                    SpecError.unless
                        (kept <= mixture.Experts)
                        (SpecError.TooManyKept(kept, mixture.Experts))
            | None -> ()
          ]

    /// Whether experts are left out.
    let private selects (mixture: Mixture) (gate: Gate) =
        gate.TopK |> Option.exists (fun kept -> kept < mixture.Experts)

    let private gateText (mixture: Mixture) (gate: Gate) =
        let source =
            match gate.Table with
            | Some width -> $"a learned task embedding of {width}"
            | None -> "the task encoding"

        if selects mixture gate then
            $"{source}, top {gate.TopK.Value}"
        else
            source

    let private selectionText mixture =
        match mixture.Selection with
        | OneToOne -> "one for each task"
        | Ensemble -> "equal weights"
        | Clusters _ -> "chosen by words of the task's sentence"
        | Gated gate -> $"weighted by {gateText mixture gate}"
        | Scored gate ->
            $"weighted by the products of their outputs with a query from {gateText mixture gate}"

    let private activations (mixture: Mixture) =
        let experts, expert = float mixture.Experts, mixture.Expert

        match mixture.Selection with
        | OneToOne -> Layers.units expert
        | Ensemble
        | Clusters _
        | Gated _ -> experts * List.sumBy float expert.Hidden + float expert.Output
        | Scored _ -> experts * (Layers.units expert + float expert.Output)

    /// With weights that a gate computes from the context of the row.
    let private gatedByRow source path (mixture: Mixture) (gate: Gate) z row =
        let trunk = { Hidden = gate.Hidden; Output = mixture.Experts; Activation = Relu }

        let weights =
            denseStack source (Parameter.join (selectionPath path) "trunk") trunk z
            |> Row.apply (RowLayer.ScaleTask(single (float32 (1.0 / gate.Temperature)), single 0f))
            |> Row.apply (RowLayer.Softmax mixture.Experts)

        Row.applyAll (RowLayer.Product mixture.Experts) [
            weights
            parallelStacks source (Parameter.join path "expert") mixture.Experts mixture.Expert row
        ]

    let private rowsOf (mixture: Mixture) (source: RowSource) path row =
        match mixture.Selection, source.RowContext with
        | OneToOne, _ -> Ok(denseStack source (Parameter.join path "expert") mixture.Expert row)
        | Scored _, Some _ -> Error "experts that are chosen by the trial so far"
        | Gated gate, Some _ when selects mixture gate ->
            Error "experts that are chosen by the trial so far"
        | Gated gate, Some z -> Ok(gatedByRow source path mixture gate z row)
        | Scored gate, None when selects mixture gate ->
            Error "the best experts of each observation"
        | Scored gate, None -> Ok(scoredRows source path mixture gate row)
        | Ensemble, _
        | Clusters _, _
        | Gated _, None -> Ok(mixtureRows source path mixture row)

    /// A weighted mean of experts.
    let layer (mixture: Mixture) : Spec = {
        Spec.Of("Mixture", [ mixture ], fun _ path sizes -> build path sizes mixture) with
            Errors = fun sizes -> errors sizes mixture
            Describe =
                fun _ sizes ->
                    $"{mixture.Experts} experts {Layers.describe sizes.Features mixture.Expert}, {selectionText mixture}"
            UsesTask =
                match mixture.Selection with
                | Gated gate
                | Scored gate -> gate.Table.IsNone
                | OneToOne
                | Ensemble
                | Clusters _ -> false
            ActivationsPerRow = fun _ _ -> activations mixture
            OnRow = rowsOf mixture
    }
