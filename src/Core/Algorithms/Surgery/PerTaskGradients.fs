/// The gradients of a loss, task by task, for surgery.
///
/// No row belongs to two tasks, so that a task's gradient is the gradient of its own rows, which pass the networks with
/// the parameters of this task: the gradients of all tasks cost as many products as one gradient of the whole batch.
module internal MtrlFunctional.Algorithms.PerTaskGradients

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// The gradients of one loss.
type PerTaskGradients = {
    /// Gradients with respect to shared parameters, network by network; and the losses.
    Shared: TaskGradients
    /// [tasks; numbers]: with respect to the parameters that belong to the task (`Sharing`).
    Own: Tensor
    /// The share of each task in the batch, [tasks]; the sum is 1.
    Shares: float[]
    /// Further measured numbers, [tasks] each.
    Means: Tensor list
}

/// The results of one task: gradients of shared and own parameters, loss, and further measured numbers.
type OneTaskGradient = { OfShared: Tensor; OfOwn: Tensor; Loss: Tensor; Others: Tensor list }

/// The share of each task in a batch, by the weights of its rows [tasks; rows].
let shares (weight: Tensor) =
    let weights = Tensor.toDoubles (Tensor.sumDim 1 weight)
    let all = Array.sum weights
    weights |> Array.map (fun weight -> weight / all)

/// The gradients of all tasks from tensors of all tasks: gradients of shared and own parameters [tasks; numbers],
/// losses [tasks]. Tasks without a share of the batch are not present.
let ofRows (shares: float[]) shared own losses means : PerTaskGradients = {
    Shared = {
        TaskGradients.create shared (Tensor.toDoubles losses) with
            Present = shares |> Array.map (fun share -> share > 0.0)
    }
    Own = own
    Shares = shares
    Means = means
}

/// The results of `body` for each task; threads share the tasks.
let each (threads: IShards) (shares: float[]) (body: int -> OneTaskGradient) : PerTaskGradients =
    let tasks, parts = shares.Length, threads.Count

    let one task =
        Tensors.scope Seq.ofArray (fun () ->
            let found = body task
            [| found.OfShared; found.OfOwn; found.Loss; yield! found.Others |])

    let results =
        threads.Map(fun part ->
            [| for task in part..parts .. tasks - 1 -> one task |] |> Array.concat)

    let width = results[0].Length / ((tasks + parts - 1) / parts)

    let column k =
        Tensor.stack 0 [|
            for task in 0 .. tasks - 1 -> results[task % parts][width * (task / parts) + k]
        |]

    ofRows shares (column 0) (column 1) (column 2) [ for k in 3 .. width - 1 -> column k ]
