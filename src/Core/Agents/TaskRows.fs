/// The numbers of tasks in the tensors of an agent: rows of embeddings, heads and statistics, and the weights of
/// one-hot columns.
///
/// Their positions follow from shapes: an axis with numbers of tasks is longer by one in an agent of one task more.
module internal MtrlFunctional.Agents.TaskRows

open System
open MtrlFunctional.Tensors

/// An axis of a tensor with an entry for each task, one behind the other.
type TaskAxis = {
    Axis: int
    /// Index of the first task's entry.
    First: int64
}

/// The entry of a task in a network of other tasks.
[<RequireQualifiedAccess>]
type TaskEntry =
    /// The entry of the trained task at this index.
    | Trained of index: int
    /// The mean over the trained tasks, plus a number.
    | Mean of offset: float
    /// The sum of the trained tasks' entries, each with a weight.
    | Blend of weights: float[]

/// Whether the tensor of this name in a checkpoint has the fixed encodings of the tasks' sentences. Encodings follow
/// from the tasks alone: agents of other tasks have their own.
[<CompiledName("AreSentences")>]
let areSentences name =
    name = "fixed/task_encoder/embedding/weight"

/// Whether the tensor of this name in a checkpoint is a memory of surgery, of pairs of tasks for example, which no policy reads.
[<CompiledName("IsOfSurgery")>]
let isOfSurgery (name: string) =
    name.StartsWith("surgery/", StringComparison.Ordinal)

/// The entries that a tensor of this name takes. A statistic of a blend is the mean over the trained tasks: weights
/// below zero would make variances negative.
[<CompiledName("EntriesOf")>]
let entriesOf (name: string) (entries: TaskEntry list) : TaskEntry list =
    if name.StartsWith("statistics/", StringComparison.Ordinal) then
        entries
        |> List.map (function
            | TaskEntry.Blend _ -> TaskEntry.Mean 0.0
            | entry -> entry)
    else
        entries

/// The axes of a tensor with the shape `shape` in an agent of `tasks` tasks and `wider` in an agent of one task more;
/// none if shapes differ in another way. One-hot columns follow the first `observation` inputs; linear values have a coefficient for
/// each column, then one for each squared column.
[<CompiledName("Find")>]
let find (tasks: int) (observation: int) (shape: int64[]) (wider: int64[]) : TaskAxis list option =
    let tasks, observation = int64 tasks, int64 observation

    let axis i =
        let size = shape[i]

        match wider[i] - size with
        | 0L -> Some []
        | 1L when size = tasks -> Some [ { Axis = i; First = 0L } ]
        | 1L when size >= observation + tasks -> Some [ { Axis = i; First = observation } ]
        // The later entries first: a move at them leaves the earlier ones in their place.
        | 2L when size >= 2L * (observation + tasks) ->
            Some [
                { Axis = i; First = 2L * observation + tasks }
                { Axis = i; First = observation }
            ]
        | _ -> None

    if shape.Length <> wider.Length then
        None
    else
        let axes = [ for i in 0 .. shape.Length - 1 -> axis i ]

        if List.forall Option.isSome axes then
            Some(List.collect Option.get axes)
        else
            None

let private along (tasks: int) (entries: TaskEntry list) (x: Tensor) (axis: TaskAxis) =
    let dimension, first, size = axis.Axis, axis.First, Tensor.size axis.Axis x
    let part start count = Tensor.narrow dimension start count x
    let ofTask index = part (first + int64 index) 1L
    let after = first + int64 tasks

    Tensor.cat dimension [|
        if first > 0L then
            part 0L first

        for entry in entries do
            match entry with
            | TaskEntry.Trained index -> ofTask index
            | TaskEntry.Mean offset ->
                offset +. Tensor.meanDimKept dimension (part first (int64 tasks))
            | TaskEntry.Blend weights ->
                weights
                |> Array.mapi (fun index weight -> weight *. ofTask index)
                |> Array.reduce (.+)

        if size > after then
            part after (size - after)
    |]

/// A tensor of `tasks` tasks with the entries of others.
[<CompiledName("Move")>]
let move tasks (entries: TaskEntry list) (axes: TaskAxis list) (x: Tensor) : Tensor =
    List.fold (along tasks entries) x axes

/// 1 at the entries of `tasks` tasks, 0 elsewhere, in the shape of a tensor.
[<CompiledName("Mask")>]
let mask tasks (axes: TaskAxis list) (x: Tensor) : Tensor =
    let ofAxis (axis: TaskAxis) =
        let size = Tensor.size axis.Axis x

        let entries = [|
            for i in 0L .. size - 1L ->
                if axis.First <= i && i < axis.First + int64 tasks then
                    1.0
                else
                    0.0
        |]

        let shape = Array.create (Tensor.shape x).Length 1L
        shape[axis.Axis] <- size

        TensorOptions.fromDoubles (TensorOptions.ofTensor x) entries shape
        .+ Tensor.zerosLike x

    axes |> List.map ofAxis |> List.fold Tensor.maximum (Tensor.zerosLike x)
