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
module internal MtrlFunctional.Networks.SoftModules

open MtrlFunctional.Tensors

/// P of each row, [rows; modules; modules], with sum 1 over the last dimension.
let private routing path modules (weights: Weights) (x: Tensor) =
    let hidden =
        Dense.run (Parameter.join path "routing/0") { Dense.plain with Relu = true } weights x

    let logits = Dense.run (Parameter.join path "routing/1") Dense.plain weights hidden
    let size = int64 modules
    Ops.Softmax(Ops.Reshape(logits, [| Ops.Size(x, 0); size; size |]), 2L)

/// The modules at `path`, for an input of the given sizes.
let build path (sizes: InputSizes) (soft: SoftLayers) : Module =
    let first, second = Parameter.join path "0", Parameter.join path "1"
    let modules, units, output = int64 soft.Modules, int64 soft.Units, int64 soft.Output

    let mixed (weights: Weights) (x: Tensor) (p: Tensor) =
        let rows = Ops.Size(x, 0)
        let w, b = weights[first + "/weight"], weights[first + "/bias"]
        let w = Ops.Reshape(Ops.Transpose(w, 0L, 1L), [| -1L; modules * units |])
        let m = Ops.Dense(x, w, Ops.Reshape(b, [| modules * units |]), true, false)

        // V of all second modules side by side: [units; modules · output].
        let v =
            Ops.Reshape(Ops.Transpose(weights[second + "/weight"], 0L, 1L), [| units; -1L |])

        let parts = Dense.product v (Ops.Reshape(m, [| rows * modules; units |]))
        // [rows; from; to; output], weighted by P[to; from].
        let parts = Ops.Reshape(parts, [| rows; modules; modules; output |])
        let routes = Ops.Unsqueeze(Ops.Transpose(p, 1L, 2L), 3L)
        let sum = Ops.SumDim(Ops.SumDim(parts .* routes, 2L, false), 1L, false)
        1.0 / float modules *. sum .+ Ops.MeanDim(weights[second + "/bias"], 0L, false)

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
                let shape = Ops.Shape input.Rows

                let flat (x: Tensor) =
                    Ops.Reshape(x, [| shape[0] * shape[1]; shape[2] |])

                let routingInput = flat (input.Rows .* NetworkInput.context input)
                let p = routing path soft.Modules weights routingInput
                Ops.Reshape(mixed weights (flat input.Rows) p, [| shape[0]; shape[1]; output |])
    }
