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
module internal MtrlFunctional.Networks.Orthogonal

open MtrlFunctional.Tensors

/// [1] The least |w|² of an independent expert.
[<Literal>]
let private LeastSquare = 1e-6

let private dot x y = Ops.SumDim(x .* y, -1L, true)

/// w / |w|, or 0 [1].
let private normalised (w: Tensor) =
    let square = dot w w
    let least = Ops.FullLike(square, LeastSquare)
    let isIndependent = Ops.ToType(Ops.Greater(square, least), Ops.NumericOf w)
    w .* (isIndependent ./ Ops.Sqrt(Ops.Maximum(square, least)))

/// Outputs u of the experts, [experts; rows; width], to orthonormal v, [1; rows; width] each.
let rec basis (u: Tensor) : Tensor list =
    let v = normalised (Ops.Narrow(u, 0L, 0L, 1L))

    match Ops.Size(u, 0) - 1L with
    | 0L -> [ v ]
    | remaining ->
        let others = Ops.Narrow(u, 0L, 1L, remaining)
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

                let shape = Ops.Shape input.Rows
                let rows = Ops.Reshape(input.Rows, [| shape[0] * shape[1]; shape[2] |])
                let outputs = [| shape[0]; shape[1]; int64 orthogonal.Expert.Output |]
                let taskWeights = Ops.Unsqueeze(weights[task.Path], 1L)

                basis (Blend.run orthogonal.Expert layer rows)
                |> List.mapi (fun i v ->
                    Ops.Narrow(taskWeights, 2L, int64 i, 1L) .* Ops.Reshape(v, outputs))
                |> List.reduce (.+)
    }
