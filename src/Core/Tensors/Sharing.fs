/// What of a network's parameters tasks share, and what each task has for itself.
///
/// A task alone needs what is shared and its own part of the rest. Its gradient comes in the same two
/// pieces, so that nothing has the size of all tasks' own parameters for each task; `join` makes
/// whole vectors of them again.
module internal MtrlFunctional.Tensors.Sharing

open System.Collections.Generic
open MtrlFunctional.Tensors

/// How many numbers of a slot each task has for itself.
let private each slot =
    Parameter.count slot.Parameter / List.head slot.Parameter.Shape

let private isOwn slot = slot.Parameter.PerTask

/// How many numbers the tasks share.
let sharedCount layout =
    layout.Slots
    |> List.filter (isOwn >> not)
    |> List.sumBy (fun slot -> Parameter.count slot.Parameter)

/// How many numbers each task has for itself.
let ownCount layout =
    layout.Slots |> List.filter isOwn |> List.sumBy each

/// The parameters as one task meets them: [1; …] where each task has its own.
let ofTask layout task (weights: Weights) : Weights =
    let met = Dictionary<string, Tensor> weights

    for slot in List.filter isOwn layout.Slots do
        let path = slot.Parameter.Path
        met[path] <- Ops.Narrow(weights[path], 0L, task, 1L)

    met

/// The gradient of a scalar with respect to the leaves that one task meets, network by network: of
/// what is shared, and of the task's own. Vectors in the order of the networks and their slots.
let gradient (networks: (Layout * Weights) list) (loss: Tensor) : Tensor * Tensor =
    let leaves own = [|
        for layout, leaves in networks do
            for slot in layout.Slots do
                if isOwn slot = own then
                    leaves[slot.Parameter.Path]
    |]

    let shared, own = leaves false, leaves true
    let gradients = Ops.Grad(loss, Array.append shared own)

    let vector =
        function
        | [||] -> Draw.constant (TensorOptions.ofTensor loss) 0.0 [| 0L |]
        | parts -> Ops.ToType(Ops.Flatten parts, Ops.NumericOf loss)

    vector gradients[.. shared.Length - 1], vector gradients[shared.Length ..]

/// Where the last layer that tasks share begins among the shared numbers, and its size: weight and
/// bias of the last slot "…/weight" under `place`. None where nothing is shared.
let lastLayer place layout : (int64 * int64) option =
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
        |> List.filter (under place)

    shared
    |> List.tryFindBack (fun (parameter, _) -> parameter.Path.EndsWith "weight")
    |> Option.map (fun (last, _) ->
        let folder = last.Path.Substring(0, max 0 (last.Path.LastIndexOf '/'))
        let layer = shared |> List.filter (under folder)
        snd layer.Head, layer |> List.sumBy (fst >> Parameter.count))

/// Gradients of tasks as whole vectors [tasks; numbers] in their two pieces: [tasks; shared] and
/// [tasks; own]. What belongs to other tasks is passed over.
let split layout (rows: Tensor) : Tensor * Tensor =
    let tasks = Ops.Size(rows, 0)

    let columns slot =
        Ops.Narrow(rows, 1L, slot.Offset, Parameter.count slot.Parameter)

    let ofEach slot =
        let numbers = each slot

        Ops.Cat(
            [|
                for task in 0L .. tasks - 1L ->
                    Ops.Narrow(Ops.Narrow(columns slot, 0L, task, 1L), 1L, task * numbers, numbers)
            |],
            0L
        )

    let together =
        function
        | [] -> Ops.Narrow(rows, 1L, 0L, 0L)
        | parts -> Ops.Cat(List.toArray parts, 1L)

    match List.partition isOwn layout.Slots with
    | [], _ -> rows, together []
    | own, shared -> together (List.map columns shared), together (List.map ofEach own)

/// The vector with what belongs to a task multiplied by the task's factor; `factors` [tasks].
let scaleOwn layout (factors: Tensor) (vector: Tensor) =
    let scaled slot =
        let count = Parameter.count slot.Parameter
        let part = Ops.Narrow(vector, 0L, slot.Offset, count)

        if isOwn slot then
            let rows = Ops.Reshape(part, [| -1L; each slot |])
            Ops.Reshape(rows .* Ops.Unsqueeze(factors, 1L), [| count |])
        else
            part

    if ownCount layout = 0L then
        vector
    else
        Ops.Flatten [| for slot in layout.Slots -> scaled slot |]

/// One vector for each layout, from shared numbers [shared] and the tasks' own [tasks; own].
let join (layouts: Layout list) (shared: Tensor) (own: Tensor) : Tensor list =
    let piece (sharedFrom, ownFrom) slot =
        let count = Parameter.count slot.Parameter

        if isOwn slot then
            let part = Ops.Narrow(own, 1L, ownFrom, each slot)
            Ops.Reshape(part, [| count |]), (sharedFrom, ownFrom + each slot)
        else
            Ops.Narrow(shared, 0L, sharedFrom, count), (sharedFrom + count, ownFrom)

    let vector (sharedFrom, ownFrom) layout =
        let next = sharedFrom + sharedCount layout, ownFrom + ownCount layout

        if ownCount layout = 0L then
            Ops.Narrow(shared, 0L, sharedFrom, sharedCount layout), next
        else
            let pieces = layout.Slots |> List.mapFold piece (sharedFrom, ownFrom) |> fst
            Ops.Flatten(List.toArray pieces), next

    layouts |> List.mapFold vector (0L, 0L) |> fst
