/// A network whose parameters of single tasks are affine functions of the context: p_τ = p + M z_τ. Nothing in it
/// belongs to a task, so that it serves tasks that it was not trained on.
///
/// PTSL's task layers, PaCo's and MOORE's weights of tasks have no form of this kind in their papers, where a task is
/// known by its index. M begins at zero, as in `Hypernetwork`: at first all tasks are alike, and z has a gradient from
/// the second update on.
module internal MtrlFunctional.Networks.FromContext

open MtrlFunctional.Tensors

let private mapPath path = Parameter.join path "by_context"

/// M.
let private map (sizes: InputSizes) (parameter: Parameter) =
    Parameter.shared (mapPath parameter.Path) (int64 sizes.Context :: parameter.Shape.Tail) Zeros

/// The weights of `body` for given encodings of its tasks, [tasks; 1; width].
let weights (body: Module) (context: Tensor) (weights: Weights) : Weights =
    let tasks, width = Tensor.size 0 context, Tensor.size 2 context
    let z = Tensor.reshape [| tasks; width |] context

    let ofTasks (parameter: Parameter) =
        let added =
            Tensor.matMul z (Tensor.reshape [| width; -1L |] weights[mapPath parameter.Path])

        let shape = Array.ofList (tasks :: parameter.Shape.Tail)
        weights[parameter.Path] .+ Tensor.reshape shape added

    OwnParameters.weights body ofTasks weights

/// As `body`, built for an input of the same sizes: p as the entry of a task that all share, and M.
let build (sizes: InputSizes) (body: Module) : Module =
    body
    |> OwnParameters.replaced
        (fun parameter -> [ OwnParameters.entriesOf [ 0 ] parameter; map sizes parameter ])
        (fun input -> weights body (NetworkInput.context input))
