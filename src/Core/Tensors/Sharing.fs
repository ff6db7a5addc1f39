/// Parameters that tasks share, and per-task parameters.
///
/// The forward pass of one task reads the shared parameters and its own entries of the per-task ones. Its
/// gradient has the same two parts, so that no task stores gradients of the size of all per-task
/// parameters; `join` makes whole vectors of the parts.
module internal MtrlFunctional.Tensors.Sharing

open System.Collections.Generic

/// Numbers of one task in a slot of a per-task parameter.
let private countOfTask slot =
    Parameter.count slot.Parameter / List.head slot.Parameter.Shape

let private isOwn slot = slot.Parameter.PerTask

/// The count of shared numbers.
let sharedCount layout =
    layout.Slots
    |> List.filter (isOwn >> not)
    |> List.sumBy (fun slot -> Parameter.count slot.Parameter)

/// The count of per-task numbers of one task.
let ownCount layout =
    layout.Slots |> List.filter isOwn |> List.sumBy countOfTask

/// The parameters of one task: [1; …] in place of [tasks; …].
let ofTask layout task (weights: Weights) : Weights =
    let taskWeights = Dictionary<string, Tensor> weights

    for slot in List.filter isOwn layout.Slots do
        let path = slot.Parameter.Path
        taskWeights[path] <- Tensor.narrow 0 task 1L weights[path]

    taskWeights

/// The gradient of a scalar with respect to the leaves of one task (`ofTask`): of shared parameters, and of
/// the task's own. Vectors in the order of the networks and their slots.
let gradient (networks: (Layout * Weights) list) (loss: Tensor) : Tensor * Tensor =
    let leaves own = [|
        for layout, leaves in networks do
            for slot in layout.Slots do
                if isOwn slot = own then
                    leaves[slot.Parameter.Path]
    |]

    let shared, own = leaves false, leaves true
    let gradients = Tensor.grad (Array.append shared own) loss

    let vector =
        function
        | [||] -> Draw.constant (TensorOptions.ofTensor loss) 0.0 [| 0L |]
        | parts -> Tensor.toType (Tensor.scalarType loss) (Tensor.flatten parts)

    vector gradients[.. shared.Length - 1], vector gradients[shared.Length ..]

/// Offset among the shared numbers, and count, of the last shared layer: weight and bias of the last slot
/// "…/weight" under `path`. None where nothing is shared.
let lastLayer path layout : (int64 * int64) option =
    let next offset slot =
        (slot.Parameter, offset), offset + Parameter.count slot.Parameter

    let under (folder: string) (parameter: Parameter, _) =
        folder = ""
        || parameter.Path.StartsWith(folder + "/", System.StringComparison.Ordinal)

    let shared =
        layout.Slots
        |> List.filter (isOwn >> not)
        |> List.mapFold next 0L
        |> fst
        |> List.filter (under path)

    shared
    |> List.tryFindBack (fun (parameter, _) -> parameter.Path.EndsWith "weight")
    |> Option.map (fun (last, _) ->
        let folder = last.Path.Substring(0, max 0 (last.Path.LastIndexOf '/'))
        let layer = shared |> List.filter (under folder)
        snd layer.Head, layer |> List.sumBy (fst >> Parameter.count))

/// Gradients of tasks as whole vectors [tasks; numbers] in two parts: [tasks; shared] and [tasks; own]. The
/// entries of other tasks are left out.
let split layout (rows: Tensor) : Tensor * Tensor =
    let tasks = Tensor.size 0 rows

    let columns slot =
        Tensor.narrow 1 slot.Offset (Parameter.count slot.Parameter) rows

    let ofTasks slot =
        let count = countOfTask slot

        Tensor.cat 0 [|
            for task in 0L .. tasks - 1L ->
                Tensor.narrow 1 (task * count) count (Tensor.narrow 0 task 1L (columns slot))
        |]

    let concat =
        function
        | [] -> Tensor.narrow 1 0L 0L rows
        | parts -> Tensor.cat 1 (List.toArray parts)

    match List.partition isOwn layout.Slots with
    | [], _ -> rows, concat []
    | own, shared -> concat (List.map columns shared), concat (List.map ofTasks own)

/// The vector with per-task parameters multiplied by the factor of their task; `factors` [tasks].
let scaleOwn layout (factors: Tensor) (vector: Tensor) =
    let scaled slot =
        let count = Parameter.count slot.Parameter
        let part = Tensor.narrow 0 slot.Offset count vector

        if isOwn slot then
            let rows = Tensor.reshape [| -1L; countOfTask slot |] part
            Tensor.reshape [| count |] (rows .* Tensor.unsqueeze 1 factors)
        else
            part

    if ownCount layout = 0L then
        vector
    else
        Tensor.flatten [| for slot in layout.Slots -> scaled slot |]

/// One vector for each layout, from shared numbers [shared] and the tasks' own [tasks; own].
let join (layouts: Layout list) (shared: Tensor) (own: Tensor) : Tensor list =
    let part (sharedFrom, ownFrom) slot =
        let count = Parameter.count slot.Parameter

        if isOwn slot then
            let entries = Tensor.narrow 1 ownFrom (countOfTask slot) own
            Tensor.reshape [| count |] entries, (sharedFrom, ownFrom + countOfTask slot)
        else
            Tensor.narrow 0 sharedFrom count shared, (sharedFrom + count, ownFrom)

    let vector (sharedFrom, ownFrom) layout =
        let next = sharedFrom + sharedCount layout, ownFrom + ownCount layout

        if ownCount layout = 0L then
            Tensor.narrow 0 sharedFrom (sharedCount layout) shared, next
        else
            let parts = layout.Slots |> List.mapFold part (sharedFrom, ownFrom) |> fst
            Tensor.flatten (List.toArray parts), next

    layouts |> List.mapFold vector (0L, 0L) |> fst
