namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// Soft modularization (Yang et al. 2020, arXiv:2003.13661) as in mtrl: two layers of modules,
/// mixed once.
type internal SoftLayers = { Modules: int; Units: int; Output: int }

/// Soft modularization: modules whose outputs are mixed by a routing network, for each row.
///
/// Paper: Yang et al. 2020, "Multi-Task Reinforcement Learning with Soft Modularization",
/// arXiv:2003.13661. As in mtrl:
///   [1] always two layers of modules with one mixing between them;
///   [2] the input of the routing network is x ∘ z, features times context, of equal size;
///   [3] the output is the mean of the modules of the second layer.
///
/// Mixing P m before the second layer V is P (m V) after it: the second layer is small, so that
/// nothing of the size of all modules is mixed.
module internal SoftModules =
    /// P of each row, [rows; modules; modules], with sum 1 over the last dimension.
    let private routing path modules (weights: Weights) (x: Tensor) =
        let hidden =
            Dense.run (Parameter.join path "routing/0") { Dense.plain with Relu = true } weights x

        let logits = Dense.run (Parameter.join path "routing/1") Dense.plain weights hidden
        let size = int64 modules
        Tensor.softmax 2 (Tensor.reshape [| Tensor.size 0 x; size; size |] logits)

    /// The modules at `path`, for an input of the given sizes.
    let build path (sizes: InputSizes) (soft: SoftLayers) : Module =
        let first, second = Parameter.join path "0", Parameter.join path "1"
        let modules, units, output = int64 soft.Modules, int64 soft.Units, int64 soft.Output

        let mixed (weights: Weights) (x: Tensor) (p: Tensor) =
            let rows = Tensor.size 0 x
            let w, b = weights[first + "/weight"], weights[first + "/bias"]
            let w = Tensor.reshape [| -1L; modules * units |] (Tensor.transpose 0 1 w)
            let m = DenseLayers.Layer(x, w, Tensor.reshape [| modules * units |] b, true, false)

            // V of all second modules side by side: [units; modules · output].
            let v =
                Tensor.reshape [| units; -1L |] (Tensor.transpose 0 1 weights[second + "/weight"])

            let parts = Dense.product v (Tensor.reshape [| rows * modules; units |] m)
            // [rows; from; to; output], weighted by P[to; from].
            let parts = Tensor.reshape [| rows; modules; modules; output |] parts
            let routes = Tensor.unsqueeze 3 (Tensor.transpose 1 2 p)
            let sum = Tensor.sumDim 1 (Tensor.sumDim 2 (parts .* routes))
            1.0 / float modules *. sum .+ Tensor.meanDim 0 weights[second + "/bias"]

        {
            Parameters = [
                yield! Dense.parameters (Parameter.join path "routing/0") sizes.Context soft.Units
                yield!
                    Dense.parameters
                        (Parameter.join path "routing/1")
                        soft.Units
                        (soft.Modules * soft.Modules)
                yield! Dense.stack first XavierUniform soft.Modules sizes.Features soft.Units
                yield! Dense.stack second XavierUniform soft.Modules soft.Units soft.Output
            ]
            Fixed = []
            Width = soft.Output
            Run =
                fun weights input ->
                    let shape = Tensor.shape input.Rows

                    let flat (x: Tensor) =
                        Tensor.reshape [| shape[0] * shape[1]; shape[2] |] x

                    let routingInput = flat (input.Rows .* NetworkInput.context input)
                    let p = routing path soft.Modules weights routingInput

                    Tensor.reshape
                        [| shape[0]; shape[1]; output |]
                        (mixed weights (flat input.Rows) p)
        }

    /// P of x ∘ z, times the outputs of the first modules; the mean of the second modules is one map of
    /// all their inputs.
    let private rowsOf (soft: SoftLayers) (source: RowSource) path (x: Row) =
        let at = Parameter.join path
        let one = { Hidden = []; Output = soft.Units; Activation = Relu }
        let modules = soft.Modules

        let modulated =
            match source.RowContext with
            | Some z -> Row.applyAll RowLayer.Multiply [ x; z ]
            | None ->
                let context = contextNumbers (contextOf source "A soft module")
                Row.apply (RowLayer.ScaleTask(context, zeros x.Width)) x

        let routes =
            modulated
            |> dense source (at "routing/0")
            |> activate Relu
            |> dense source (at "routing/1")
            |> Row.apply (RowLayer.Softmax modules)

        let first = parallelStacks source path modules one x |> activate Relu
        let second = weight source (at "1") "weight"
        let bias = Tensor.meanDim 0 (weight source (at "1") "bias")

        Row.applyAll (RowLayer.Product modules) [ routes; first ]
        |> affine
            (1.0 / float modules *. Tensor.reshape [| -1L; Tensor.size 2 second |] second)
            (numbers 1 bias)
        |> Ok

    /// Two layers of modules, mixed for each row.
    let layer (soft: SoftLayers) : Spec = {
        Spec.Of("SoftModules", [ soft ], fun _ path sizes -> build path sizes soft) with
            Errors =
                fun sizes ->
                    SpecError.UnequalWidths(sizes.Features, sizes.Context)
                    |> SpecError.unless (sizes.Features = sizes.Context)
                    |> SpecError.readsContext ContextReader.SoftModules sizes
            Describe =
                fun _ sizes ->
                    $"{soft.Modules} + {soft.Modules} modules {sizes.Features} → {soft.Units} → {soft.Output}, routed for each row"
            UsesTask = true
            ActivationsPerRow =
                fun _ _ ->
                    float soft.Modules * float (soft.Units + soft.Modules + soft.Output)
                    + float soft.Units
            OnRow = rowsOf soft
    }
