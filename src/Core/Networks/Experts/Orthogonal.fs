namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// Experts whose outputs are made orthogonal for each row and then weighted by the task.
/// Source: MOORE (Hendawy et al. 2024, arXiv:2311.11385).
type internal OrthogonalLayers = {
    /// k: the number of experts.
    Experts: int
    Expert: Layers
}

/// Orthogonal experts: k experts have the same input, their outputs are made orthogonal for each row and
/// summed with the weights of the task.
///
/// Paper: Hendawy et al. 2024, "Multi-Task Reinforcement Learning with Mixture of Orthogonal
/// Experts" (MOORE), arXiv:2311.11385. Gram–Schmidt over the experts' outputs u of one row,
///
///   w_i = u_i − Σ_{j<i} (u_i · v_j) v_j,   v_i = w_i / |w_i|,   y = Σ_i c_τi v_i
///
/// with weights c_τ of the task that are not normalised. The tanh and the heads behind it are parts of
/// their own. Where this differs from the paper and the authors' program:
///   [1] an expert that is linearly dependent on those before it (|w| below 0.001) has v = 0 for that
///       row; there the paper divides by zero;
///   [2] modified Gram–Schmidt: later outputs are reduced after each step. It is the same in exact
///       arithmetic and keeps them orthogonal in rounded arithmetic.
///   [3] experts start as the other networks do; the authors' with PyTorch's default.
module internal Orthogonal =
    /// [1] The least |w|² of an independent expert.
    [<Literal>]
    let LeastSquare = 1e-6

    let private dot x y = Tensor.sumDimKept -1 (x .* y)

    /// w / |w|, or 0 [1].
    let private normalised (w: Tensor) =
        let square = dot w w
        let least = Tensor.fullLike LeastSquare square

        let isIndependent =
            Tensor.toType (Tensor.scalarType w) (Tensor.greater square least)

        w .* (isIndependent ./ Tensor.sqrt (Tensor.maximum square least))

    /// Outputs u of the experts, [experts; rows; width], to orthonormal v, [1; rows; width] each.
    let rec basis (u: Tensor) : Tensor list =
        let v = normalised (Tensor.narrow 0 0L 1L u)

        match Tensor.size 0 u - 1L with
        | 0L -> [ v ]
        | remaining ->
            let others = Tensor.narrow 0 1L remaining u
            // [2]
            v :: basis (others .- dot others v .* v)

    /// The experts at `path`, for an input of the given sizes.
    let build path (sizes: InputSizes) (orthogonal: OrthogonalLayers) : Module =
        let layerPath i = Parameter.join path $"expert/{i}"

        let stacks =
            Layers.sizes sizes.Features orthogonal.Expert
            |> List.mapi (fun i (inputs, units) ->
                Dense.stack (layerPath i) XavierUniform orthogonal.Experts inputs units)

        let task =
            Parameter.perTask
                (Parameter.join path "task/weight")
                sizes.Tasks
                [ int64 orthogonal.Experts ]
                XavierUniform

        {
            Parameters = task :: List.concat stacks
            Fixed = []
            Width = orthogonal.Expert.Output
            Run =
                fun weights input ->
                    let layer i =
                        weights[layerPath i + "/weight"], weights[layerPath i + "/bias"]

                    let shape = Tensor.shape input.Rows
                    let rows = Tensor.reshape [| shape[0] * shape[1]; shape[2] |] input.Rows
                    let outputs = [| shape[0]; shape[1]; int64 orthogonal.Expert.Output |]
                    let taskWeights = Tensor.unsqueeze 1 weights[task.Path]

                    basis (Blend.run orthogonal.Expert layer rows)
                    |> List.mapi (fun i v ->
                        Tensor.narrow 2 (int64 i) 1L taskWeights .* Tensor.reshape outputs v)
                    |> List.reduce (.+)
        }

    /// The outputs of the experts, made orthonormal.
    let private orthonormalRow (layers: OrthogonalLayers) source path row =
        parallelStacks source (Parameter.join path "expert") layers.Experts layers.Expert row
        |> Row.apply (RowLayer.Orthonormalise layers.Experts)

    let private rowsOf (layers: OrthogonalLayers) source path row =
        orthonormalRow layers source path row
        |> Row.apply (RowLayer.Blend(numbers 1 (weight source path "task/weight")))
        |> Ok

    let private rowsOfContext (layers: OrthogonalLayers) z source path row =
        let weights = OwnParameters.onRow source (Parameter.join path "task/weight") z

        Row.applyAll (RowLayer.Product layers.Experts) [
            weights
            orthonormalRow layers source path row
        ]
        |> Ok

    /// Experts whose outputs are made orthogonal for each row and then weighted by the task.
    let rec layer (orthogonal: OrthogonalLayers) : Spec = {
        Spec.Of("Orthogonal", [ orthogonal ], fun _ path sizes -> build path sizes orthogonal) with
            Errors =
                fun _ ->
                    SpecError.unless
                        (orthogonal.Experts <= orthogonal.Expert.Output)
                        (SpecError.TooManyDirections(orthogonal.Experts, orthogonal.Expert.Output))
            Describe =
                fun _ sizes ->
                    $"{orthogonal.Experts} experts {Layers.describe sizes.Features orthogonal.Expert}, made orthogonal for each row, weighted by the task"
            ActivationsPerRow = fun _ _ -> float orthogonal.Experts * Layers.units orthogonal.Expert
            OnRow = rowsOf orthogonal
            OnRowOfContext = Some(rowsOfContext orthogonal)
            Activated =
                Some(fun activation -> layer { orthogonal with Expert.Activation = activation })
    }
