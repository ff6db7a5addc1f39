/// A network in which tasks of one group share the parameters of single tasks: parameters [groups; …] instead of
/// [tasks; …], shared by all tasks in the sense of `Sharing`. A group is, for example, the tasks of one robot.
module internal MtrlFunctional.Networks.PerGroup

open MtrlFunctional.Tensors

let private countOf groups = List.max groups + 1

/// The weights of `body` for tasks of these groups.
let weights (body: Module) (groups: int list) (weights: Weights) : Weights =
    let index =
        Tensor.ofLongs [| int64 groups.Length |] [| for group in groups -> int64 group |]

    let ofTasks (parameter: Parameter) =
        let entries = weights[parameter.Path]
        Tensor.indexSelect 0 (Tensor.toDevice (Tensor.device entries) index) entries

    OwnParameters.weights body ofTasks weights

/// As `body`, built for an input of the same sizes, where `groups` has the group of each task: all numbers from 0 to
/// the last. Raises ArgumentException for other groups. Given numbers of a group are taken from its first task.
let build (sizes: InputSizes) (groups: int list) (body: Module) : Module =
    let all = [ 0 .. countOf groups - 1 ]

    if groups.Length <> sizes.Tasks || List.sort (List.distinct groups) <> all then
        invalidArg
            (nameof groups)
            $"A network of {sizes.Tasks} tasks takes the group of each, 0 to the last of them, not {groups}."

    let first = [ for group in all -> List.findIndex ((=) group) groups ]

    let ofInput (input: NetworkInput) =
        match input.Task with
        | Some task -> [ groups[task] ]
        | None -> groups

    body
    |> OwnParameters.replaced
        (OwnParameters.entriesOf first >> List.singleton)
        (ofInput >> weights body)
