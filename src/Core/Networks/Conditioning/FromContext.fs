/// A network whose parameters of single tasks are affine functions of the context: p_τ = p + M z_τ. Nothing in it belongs to a
/// task, so that it serves tasks that it was not trained on.
///
/// PTSL's task layers, PaCo's and MOORE's weights of tasks have no form of this kind in their papers, where a task is known by its
/// index. M begins at zero, as in `Hypernetwork`: at first all tasks are alike, and z has a gradient from the second update on.
module internal MtrlFunctional.Networks.FromContext

open System.Collections.Generic
open MtrlFunctional.Tensors

let private mapPath path = Parameter.join path "by_context"

/// p as the entry of a task that all share.
let private origin (parameter: Parameter) =
    let shape = parameter.Shape.Tail

    {
        Parameter.shared parameter.Path (1L :: shape) parameter.Initialiser with
            Initialiser =
                match parameter.Initialiser with
                | Given numbers -> Given numbers[.. int (List.fold (*) 1L shape) - 1]
                | other -> other
    }

/// M.
let private map (sizes: InputSizes) (parameter: Parameter) =
    Parameter.shared (mapPath parameter.Path) (int64 sizes.Context :: parameter.Shape.Tail) Zeros

/// The weights of the body, for the context of each task, [tasks; 1; width].
let private weightsOf (own: Parameter list) (context: Tensor) (weights: Weights) : Weights =
    let all = Dictionary<string, Tensor> weights
    let tasks, width = Ops.Size(context, 0), Ops.Size(context, 2)
    let z = Ops.Reshape(context, [| tasks; width |])

    for parameter in own do
        let added =
            Ops.MatMul(z, Ops.Reshape(weights[mapPath parameter.Path], [| width; -1L |]))

        let shape = Array.ofList (tasks :: parameter.Shape.Tail)
        all[parameter.Path] <- weights[parameter.Path] .+ Ops.Reshape(added, shape)

    all

let private ownOf (body: Module) =
    body.Parameters |> List.filter _.PerTask

/// As `body`, built for an input of the same sizes.
let build (sizes: InputSizes) (body: Module) : Module =
    let own = ownOf body

    {
        body with
            Parameters = [
                for parameter in body.Parameters do
                    if parameter.PerTask then
                        origin parameter
                        map sizes parameter
                    else
                        parameter
            ]
            Run =
                fun weights input ->
                    body.Run (weightsOf own (NetworkInput.context input) weights) input
    }

/// The weights of `body` for given encodings of its tasks.
let weights (body: Module) context weights = weightsOf (ownOf body) context weights
