/// Recorded rows have a task index and are in any order; batches here are task-major. The order
/// maps recorded rows to positions in the batch, and back.
module internal MtrlFunctional.Verification.TaskRows

open MtrlFunctional.Tensors

/// Position of each recorded row in a task-major batch.
type Order = { Tasks: int; Rows: int; Places: int[] }

/// The order of rows within a task is preserved.
let orderOf tasks (tasksOfRows: int64[]) =
    match tasksOfRows |> Array.tryFind (fun t -> t < 0L || t >= int64 tasks) with
    | Some t -> invalidArg (nameof tasksOfRows) $"A row belongs to task {t} of {tasks} tasks."
    | None -> ()

    let counts = Array.zeroCreate tasks

    let ranks =
        tasksOfRows
        |> Array.map (fun t ->
            let rank = counts[int t]
            counts[int t] <- rank + 1
            rank)

    let rows = Array.max counts |> max 1

    {
        Tasks = tasks
        Rows = rows
        Places = Array.map2 (fun t rank -> int t * rows + rank) tasksOfRows ranks
    }

/// Recorded rows as [tasks; rows; width], or [tasks; rows] for width 0; padding is 0.
let scatter order width (numbers: float[]) =
    let size = max width 1
    let padded = Array.zeroCreate (order.Tasks * order.Rows * size)

    order.Places
    |> Array.iteri (fun row place -> Array.blit numbers (row * size) padded (place * size) size)

    Tensor.ofDoubles
        [|
            int64 order.Tasks
            int64 order.Rows
            if width > 0 then
                int64 width
        |]
        padded

/// The numbers of a task-major tensor in the recorded order of rows.
let collect order (x: Tensor) =
    let numbers = Tensor.toDoubles x
    let size = numbers.Length / (order.Tasks * order.Rows)

    order.Places
    |> Array.collect (fun place -> Array.sub numbers (place * size) size)
