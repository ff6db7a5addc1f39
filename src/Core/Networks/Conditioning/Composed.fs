namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// Layers whose parameters are, for each task, a weighted sum of a few sets of parameters.
/// Source: PaCo (Sun et al. 2022, arXiv:2210.11653).
type internal ComposedLayers = {
    /// K.
    Sets: int
    Each: Layers
}

/// Parameter composition: θ_τ = Φ w_τ. The parameters of task τ are a weighted sum of K sets of
/// parameters that all tasks share.
///
/// Paper: Sun et al. 2022, "PaCo: Parameter-Compositional Multi-Task Reinforcement Learning",
/// arXiv:2210.11653. Where this differs from the paper and the authors' program:
///   [1] the sets start at random, each as a network of its own, and all weights at 1/√K, so that
///       every task starts with the same parameters, as a plain network would; the authors start
///       with equal sets and random weights;
///   [2] actor and critics have weights w of their own; the authors' share one w;
///   [3] a task whose loss explodes is not masked, and its w is not reset.
module internal Composed =
    let private taskPath path = Parameter.join path "task/weight"

    let private setPath path i name = Parameter.join path $"set/{i}/{name}"

    let private sum path (weights: Weights) i name =
        Blend.sum weights[taskPath path] weights[setPath path i name]

    /// Weight [tasks; inputs; units] and bias [tasks; units] of layer `i` of the network at `path`.
    let mapsOf path weights i =
        sum path weights i "weight", sum path weights i "bias"

    let private blended path (weights: Weights) i : Blend.BlendedLayer = {
        Coefficients = weights[taskPath path]
        Sets = weights[setPath path i "weight"]
        Bias = sum path weights i "bias"
    }

    /// The network at `path`, for an input of the given sizes.
    let build path (sizes: InputSizes) (composed: ComposedLayers) : Module =
        let layers = Layers.sizes sizes.Features composed.Each

        let task =
            // [1]
            Given(Array.create (sizes.Tasks * composed.Sets) (1.0 / sqrt (float composed.Sets)))
            |> Parameter.perTask (taskPath path) sizes.Tasks [ int64 composed.Sets ]

        let sets =
            layers
            |> List.mapi (fun i (inputs, units) ->
                Dense.stack
                    (Parameter.join path $"set/{i}")
                    XavierUniform
                    composed.Sets
                    inputs
                    units)

        {
            Parameters = task :: List.concat sets
            Fixed = []
            Width = composed.Each.Output
            Run =
                fun weights input ->
                    Blend.runBlended composed.Each input.IsByRow (blended path weights) input.Rows
        }

    let private rowsOfContext (composed: ComposedLayers) z source path row =
        let weights = OwnParameters.onRow source (taskPath path) z

        let layer i =
            let parameter name =
                let sets = source.Weights[setPath path i name]
                blend sets (Tensor.zerosLike (Tensor.select 0 0L sets)) weights

            affineBy (parameter "weight") (parameter "bias")

        Ok(RowDense.stack composed.Each layer row)

    /// Layers whose parameters are, for each task, a weighted sum of a few sets of parameters.
    let rec layer (composed: ComposedLayers) : Spec = {
        Spec.Of("Composed", [ composed ], fun _ path sizes -> build path sizes composed) with
            Describe =
                fun owners sizes ->
                    $"{Layers.describe sizes.Features composed.Each}, weighted sums of {composed.Sets} sets of parameters for each {owners}"
            ActivationsPerRow =
                fun isByRow _ ->
                    let sets = if isByRow then 1 + composed.Sets else 1
                    float sets * Layers.units composed.Each
            OnRow =
                fun source path row -> Ok(mapStack composed.Each (mapsOf path source.Weights) row)
            OnRowOfContext = Some(rowsOfContext composed)
            Activated = Some(fun activation -> layer { composed with Each.Activation = activation })
    }
