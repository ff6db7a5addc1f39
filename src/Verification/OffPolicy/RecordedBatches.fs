/// Batches of recorded rows, which have a task index and are in any order; batches here are task-major.
module internal MtrlFunctional.Verification.RecordedBatches

open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors

/// The position of each recorded row in a task-major batch.
type Order = { Tasks: int; Rows: int; Places: int[] }

/// The order of rows of these tasks; within a task it is preserved.
let orderOf tasks (tasksOfRows: int[]) =
    match tasksOfRows |> Array.tryFind (fun t -> t < 0 || t >= tasks) with
    | Some t -> invalidArg (nameof tasksOfRows) $"A row belongs to task {t} of {tasks} tasks."
    | None -> ()

    let counts = Array.zeroCreate tasks

    let ranks =
        tasksOfRows
        |> Array.map (fun t ->
            counts[t] <- counts[t] + 1
            counts[t] - 1)

    let rows = Array.max counts |> max 1
    let indices = Array.map2 (fun t rank -> t * rows + rank) tasksOfRows ranks
    { Tasks = tasks; Rows = rows; Places = indices }

/// Recorded rows as [tasks; rows; width], or [tasks; rows] for width 0; padding is 0.
let scatter order width (numbers: float[]) =
    let size = max width 1
    let padded = Array.zeroCreate (order.Tasks * order.Rows * size)

    order.Places
    |> Array.iteri (fun row index -> Array.blit numbers (row * size) padded (index * size) size)

    let shape = [| int64 order.Tasks; int64 order.Rows |]
    Tensor.ofDoubles (if width > 0 then [| yield! shape; int64 width |] else shape) padded

/// The numbers of a task-major tensor in the recorded order of rows.
let collect order (x: Tensor) =
    let numbers = Tensor.toDoubles x
    let size = numbers.Length / (order.Tasks * order.Rows)

    order.Places
    |> Array.collect (fun index -> Array.sub numbers (index * size) size)

/// The batch of an update, of columns that are read by their names. `noise`: draws at the next observations, and at the
/// observations where the actor is updated.
let batch order (obs, actions) read (nextNoise, noise) draws step : Batch = {
    Obs = scatter order obs (read "env_obs")
    Action = scatter order actions (read "action")
    Reward = scatter order 0 (read "reward")
    NextObs = scatter order obs (read "next_env_obs")
    Terminal = 1.0 +. -1.0 *. scatter order 0 (read "not_done")
    Weight = scatter order 0 (Array.create order.Places.Length 1.0)
    NextNoise = scatter order actions nextNoise
    Noise =
        noise
        |> Option.defaultWith (fun () -> Array.zeroCreate (actions * order.Places.Length))
        |> scatter order actions
    Draws = Map draws
    Step = int64 step
}
