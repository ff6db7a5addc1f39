/// Orthogonal experts: k experts see each row, their outputs are made orthogonal to each other, and
/// the task says how much it takes of each.
///
/// Paper: Hendawy et al. 2024, "Multi-Task Reinforcement Learning with Mixture of Orthogonal
/// Experts" (MOORE), arXiv:2311.11385. Gram–Schmidt over the experts' outputs u of one row,
///
///   w_i = u_i − Σ_{j<i} (u_i · v_j) v_j,   v_i = w_i / |w_i|,   y = Σ_i c_τi v_i
///
/// with the weights c_τ of the task not normalised. What follows (tanh and a head for each task)
/// are parts of their own. Where this differs from the paper and the authors' program:
///   [1] an expert that says nothing new, |w| below a thousandth, adds nothing to its row; there
///       the paper divides by zero;
///   [2] what is left of later experts is reduced after each step, which is the same in exact
///       numbers and keeps them orthogonal in rounded ones.
module internal MtrlFunctional.Networks.Orthogonal

open MtrlFunctional.Tensors

/// [1] |w|² from which on an expert counts.
[<Literal>]
let private Least = 1e-6

let private dot x y = Ops.SumDim(x .* y, -1L, true)

/// Of length 1, or 0 [1].
let private normed (w: Tensor) =
    let square = dot w w
    let least = Ops.FullLike(square, Least)
    let counts = Ops.ToType(Ops.Greater(square, least), Ops.NumericOf w)
    w .* (counts ./ Ops.Sqrt(Ops.Maximum(square, least)))

/// Experts' outputs [experts; rows; width] to as many directions [1; rows; width].
let rec basis (u: Tensor) : Tensor list =
    let v = normed (Ops.Narrow(u, 0L, 0L, 1L))

    match Ops.Size(u, 0) - 1L with
    | 0L -> [ v ]
    | left ->
        let others = Ops.Narrow(u, 0L, 1L, left)
        // [2]
        v :: basis (others .- dot others v .* v)

/// The experts at `path`, for an input of the given widths.
let build path (widths: InputSizes) (orthogonal: OrthogonalLayers) : Module =
    let place i = Parameter.join path $"expert/{i}"

    let stacks =
        Layers.sizes widths.Features orthogonal.Expert
        |> List.mapi (fun i (inputs, units) ->
            Dense.stack (place i) XavierUniform orthogonal.Experts inputs units)

    let task =
        Parameter.perTask
            (Parameter.join path "task/weight")
            widths.Tasks
            [ int64 orthogonal.Experts ]
            XavierUniform

    {
        Parameters = task :: List.concat stacks
        Fixed = []
        Width = orthogonal.Expert.Output
        Run =
            fun weights signal ->
                let layer i =
                    weights[place i + "/weight"], weights[place i + "/bias"]

                let shape = Ops.Shape signal.Rows
                let rows = Ops.Reshape(signal.Rows, [| shape[0] * shape[1]; shape[2] |])
                let outputs = [| shape[0]; shape[1]; int64 orthogonal.Expert.Output |]
                let shares = Ops.Unsqueeze(weights[task.Path], 1L)

                basis (Blend.run orthogonal.Expert layer rows)
                |> List.mapi (fun i v ->
                    Ops.Narrow(shares, 2L, int64 i, 1L) .* Ops.Reshape(v, outputs))
                |> List.reduce (.+)
    }
