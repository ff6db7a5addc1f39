/// A loss over rows of all tasks, and its gradient: of all rows together, or task by task.
module internal MtrlFunctional.Algorithms.RowProblem

open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.PerTaskGradients

/// Combination of the task gradients of a part with this layout, which has a key of its own, from the state of the method
/// and the number of the step.
let surgeryOf (config: OnPolicyConfig) part layout (method': OnPolicySurgery -> Surgery) =
    config.Surgery
    |> Option.map (fun surgery memory step gradients ->
        gradients
        |> CombineGradients.combine surgery.OwnToo {
            Method = method' surgery
            Layouts = [ layout ]
            Places = [ "" ]
            Memory = memory
            Key = surgery.Key |> Key.forPurpose part |> Key.at step
        })

/// A loss and its rows.
type RowProblem = {
    Layout: Layout
    /// Inputs of the loss: [tasks; all(; n)] each.
    Columns: Tensor[]
    /// Number of consecutive rows that stay together, because the loss is no sum over single rows; 1: none.
    Block: int
    /// Prepares the columns [tasks; rows(; n)] of a minibatch for the loss.
    Shape: Minibatches.Minibatch -> Tensor[] -> Tensor[]
    /// The loss of parameters on columns and weights, a weighted sum: of all tasks, or of the given task with its
    /// parameters and its own rows, [1; rows(; n)].
    Loss: int option -> Weights -> Tensor[] -> Tensor -> Tensor
    /// The problem for one native call per pass, if the network is a small MLP.
    Fused: FusedMlp.Objective option
    /// Combination of the task gradients (`surgeryOf`); none: the gradient of the weighted sum.
    Surgery: (SurgeryState -> int64 -> PerTaskGradients -> CombineGradients.Combined) option
    /// 1 where a number learns, 0 elsewhere; none: all learn.
    Mask: Tensor option
}

/// Columns and weights of a minibatch, prepared for the loss.
let private minibatchInputs problem options tasks minibatch =
    let indices = Minibatches.indicesAt options minibatch
    let weight = Minibatches.weightAt options tasks minibatch

    problem.Columns
    |> Array.map (Minibatches.take indices)
    |> problem.Shape minibatch,
    weight

/// Rows first … next − 1 of part `index` of `count`, between blocks of rows.
let private part block index count (x: Tensor) =
    let blocks = Tensor.size 1 x / int64 block
    let first = blocks * int64 index / int64 count * int64 block
    let next = blocks * int64 (index + 1) / int64 count * int64 block

    if count = 1 then
        x
    else
        Tensor.contiguous (Tensor.narrow 1 first (next - first) x)

/// Gradient, in parts, and loss of parameters on a minibatch of `tasks` tasks.
let gradient (shards: IShards) problem tasks (values: Tensor) minibatch =
    let columns, weight =
        minibatchInputs problem (TensorOptions.ofTensor values) tasks minibatch

    let leaves = Layout.views problem.Layout values |> Gradient.leaves

    // None is empty.
    let count =
        Tensor.size 1 weight / int64 problem.Block |> min (int64 shards.Count) |> int

    let parts =
        shards.Addends(
            count,
            fun i ->
                let mine = part problem.Block i count
                let loss = problem.Loss None leaves (Array.map mine columns) (mine weight)
                let gradient, _ = Gradient.flat problem.Layout leaves [] loss
                [| gradient; Tensor.detach loss |]
        )

    Array.map Array.head parts, (parts |> Array.map Array.tail |> Shards.sums)[0]

/// The gradients of all tasks by recording the loss of each.
let private recorded shards problem shares values minibatch : PerTaskGradients =
    let tasks = Array.length shares

    let columns, weight =
        minibatchInputs problem (TensorOptions.ofTensor values) tasks minibatch

    let views = Layout.views problem.Layout values

    each shards shares (fun task ->
        let own x = Tensor.narrow 0 (int64 task) 1L x
        let weight = own weight
        let leaves = Sharing.ofTask problem.Layout (int64 task) views |> Gradient.leaves
        let ofTask = problem.Loss (Some task) leaves (Array.map own columns)
        let loss = ofTask (weight ./ Tensor.sum weight)
        let ofShared, ofOwn = Sharing.gradient [ problem.Layout, leaves ] loss
        { OfShared = ofShared; OfOwn = ofOwn; Loss = Tensor.detach loss; Others = [] })

/// The gradients by one native call.
let private fusedGradients
    (objective: FusedMlp.Objective)
    problem
    shares
    values
    minibatch
    : PerTaskGradients =
    let struct (rows, losses) =
        FusedMlp.TaskGradients(
            FusedMlp.perTaskJob (Array.length shares) objective minibatch,
            values
        )

    let shared, own = Sharing.split problem.Layout rows
    ofRows shares shared own losses []

/// The gradients of `tasks` tasks on a minibatch, each of the mean over the task's own rows. Tasks
/// without rows are marked as absent.
let ofTasks
    shards
    problem
    tasks
    (values: Tensor)
    (minibatch: Minibatches.Minibatch)
    : PerTaskGradients =
    let rows = minibatch.Weight.Length / tasks
    let shares = minibatch.Weight |> Array.chunkBySize rows |> Array.map Array.sum

    match problem.Fused with
    | Some objective when FusedMlp.IsAvailable values ->
        fusedGradients objective problem shares values minibatch
    | Some _
    | None -> recorded shards problem shares values minibatch

/// The combined direction of the task gradients, their mean loss, and the new state of surgery.
/// `step` counts the steps before this one.
let combinedGradient shards problem surgery memory tasks step (values: Tensor) minibatch =
    let gradients = ofTasks shards problem tasks values minibatch

    let joined: CombineGradients.Combined = surgery memory step gradients

    let loss =
        Array.map3
            (fun isThere share loss -> if isThere then share * loss else 0.0)
            gradients.Shared.Present
            gradients.Shares
            gradients.Shared.Losses
        |> Array.sum

    joined.Directions.Head, Tensor.fullLike loss (Tensor.sum values), joined.Memory
