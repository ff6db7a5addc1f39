/// A network in which tasks of one group share what belonged to single tasks: parameters [groups; …] of those [tasks; …], which
/// are shared by all tasks in the sense of `Sharing`. A group is, for example, the tasks of one robot.
module internal MtrlFunctional.Networks.PerGroup

open System.Collections.Generic
open MtrlFunctional.Tensors

let private ownOf (body: Module) =
    body.Parameters |> List.filter _.PerTask

let private countOf groups = List.max groups + 1

/// An entry for each group; given numbers are those of the group's first task.
let private ofGroups groups (parameter: Parameter) =
    let shape = parameter.Shape.Tail
    let size = int (List.fold (*) 1L shape)

    let ofFirst (numbers: float[]) group =
        Array.sub numbers (List.findIndex ((=) group) groups * size) size

    let initialiser =
        match parameter.Initialiser with
        | Given numbers -> Given(Array.collect (ofFirst numbers) [| 0 .. countOf groups - 1 |])
        | other -> other

    Parameter.shared parameter.Path (int64 (countOf groups) :: shape) initialiser

/// The weights of the body, with the entries of `groups` in the places of tasks.
let private weightsOf (own: Parameter list) (groups: int list) (weights: Weights) : Weights =
    let all = Dictionary<string, Tensor> weights

    let index =
        Ops.FromLongs([| for group in groups -> int64 group |], [| int64 groups.Length |])

    for parameter in own do
        let entries = weights[parameter.Path]
        all[parameter.Path] <- Ops.IndexSelect(entries, 0L, Ops.To(index, Ops.DeviceOf entries))

    all

/// As `body`, built for an input of the same sizes, where `groups` has the group of each task: all numbers from 0 to the last.
/// Raises ArgumentException for other groups.
let build (sizes: InputSizes) (groups: int list) (body: Module) : Module =
    let own = ownOf body

    if
        groups.Length <> sizes.Tasks
        || List.sort (List.distinct groups) <> [ 0 .. countOf groups - 1 ]
    then
        invalidArg
            (nameof groups)
            $"A network of {sizes.Tasks} tasks takes the group of each, 0 to the last of them, not {groups}."

    {
        body with
            Parameters = [
                for parameter in body.Parameters do
                    if parameter.PerTask then
                        ofGroups groups parameter
                    else
                        parameter
            ]
            Run =
                fun weights input ->
                    let groups =
                        match input.Task with
                        | Some task -> [ groups[task] ]
                        | None -> groups

                    body.Run (weightsOf own groups weights) input
    }

/// The weights of `body` with an entry for each task.
let weights (body: Module) groups weights = weightsOf (ownOf body) groups weights
