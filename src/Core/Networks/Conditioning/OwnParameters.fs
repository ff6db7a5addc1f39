/// Networks whose parameters of single tasks are computed, before the network runs, from stored parameters that all
/// tasks share.
module internal MtrlFunctional.Networks.OwnParameters

open System.Collections.Generic
open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// A shared parameter with one entry for each of `tasks`; given numbers are taken from these tasks.
let entriesOf (tasks: int list) (parameter: Parameter) =
    let shape = parameter.Shape.Tail
    let size = int (List.fold (*) 1L shape)

    let initialiser =
        match parameter.Initialiser with
        | Given numbers ->
            Given [|
                for task in tasks do
                    yield! Array.sub numbers (task * size) size
            |]
        | other -> other

    Parameter.shared parameter.Path (int64 tasks.Length :: shape) initialiser

/// The weights of `body`, with `compute` of its parameters of single tasks.
let weights (body: Module) (compute: Parameter -> Tensor) (weights: Weights) : Weights =
    let all = Dictionary<string, Tensor> weights

    for parameter in body.Parameters do
        if parameter.PerTask then
            all[parameter.Path] <- compute parameter

    all

/// The path of M, by which `FromContext` computes the parameter at `path` of a task: p + M z.
let mapPath path = Parameter.join path "by_context"

/// The parameter p + M z at `path` as a row, for the context z of the row.
let onRow (source: RowSource) path z =
    blend source.Weights[mapPath path] source.Weights[path] z

/// As `body`, with `stored` in the place of each parameter of single tasks, from which `expand` makes the weights of
/// `body`.
let replaced stored expand (body: Module) : Module = {
    body with
        Parameters = [
            for parameter in body.Parameters do
                if parameter.PerTask then
                    yield! stored parameter
                else
                    parameter
        ]
        Run = fun weights input -> body.Run (expand input weights) input
}
