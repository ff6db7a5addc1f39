namespace MtrlFunctional.Surgery

open System
open MtrlFunctional
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// Combining the gradients of tasks.
///
/// A method is a function of its configuration, its memory, the gradients and losses of one
/// update, and a key; nothing is hidden.
///
/// Methods get the tasks that are in the batch and whose loss and gradient are finite. The direction is finite for every
/// input. Reading order: combine, or weigh.
[<CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Surgery =
    /// The method for losses that may be negative.
    let ofSignedLosses (surgery: Surgery) =
        surgery.OfSignedLosses |> Option.defaultValue surgery

    /// The method with recorded orders of the tasks, where it draws them.
    let internal inOrder order (surgery: Surgery) =
        match surgery.InOrder with
        | Some inOrder -> inOrder order
        | None -> surgery

    /// Updates the state by the losses after the step on the same batch, [tasks], where the method learns from them.
    /// Tasks whose loss is not finite, as without rows, are left out.
    let internal observe (surgery: Surgery) (losses: float[]) state =
        let tasks = [|
            for i in 0 .. losses.Length - 1 do
                if Double.IsFinite losses[i] then
                    i
        |]

        match surgery.Observe with
        | Some observe when tasks.Length > 0 ->
            let narrowed = SurgeryState.narrow losses.Length tasks state
            let next = observe (tasks |> Array.map (Array.get losses)) narrowed
            SurgeryState.widen losses.Length tasks next state
        | _ -> state

    /// Rows of the given tasks; the tensor itself where these are all.
    let private rowsOf (tasks: int[]) (rows: Tensor) =
        if int64 tasks.Length = Tensor.size 0 rows then
            rows
        else
            Tensor.take 0 (Array.map int64 tasks) rows

    /// Σ coefficient · row.
    let private sumOf (rows: Tensor) (coefficients: float[]) =
        let shape = [| 1L; int64 coefficients.Length |]

        let weights =
            TensorOptions.fromDoubles (TensorOptions.ofTensor rows) coefficients shape

        Tensor.reshape [| Tensor.size 1 rows |] (Tensor.matMul weights rows)

    /// A solution whose direction fits into the numbers of the rows; else the mean gradient.
    let private fitting (problem: Problem) state (solution: Solution) =
        let squared = Gram.squared problem.Gram solution.Coefficients

        if Array.forall Double.IsFinite solution.Coefficients && squared < 1e70 then
            solution
        else
            Solution.mean Fallback.Overflow problem state

    /// The key of a method, derived from the key of an update.
    let private keyOf key = Key.forPurpose "surgery" key

    /// The present tasks with finite numbers, and the others.
    let private partition (present: bool[]) isFinite =
        [|
            for i in 0 .. present.Length - 1 do
                if present[i] then
                    i
        |]
        |> Array.partition isFinite

    /// Direction and state of a problem with at least one task.
    let private directionOf (surgery: Surgery) (rows: Tensor) problem state =
        match surgery.Solve problem state with
        | Combination solution ->
            let solution = fitting problem state solution
            sumOf rows solution.Coefficients, solution
        | Elementwise direct -> direct rows, Solution.create [||] state

    /// One combined gradient for all tasks, in the element type and on the device of the rows.
    /// `key`: of this update; the same key gives the same bits.
    let combine surgery (gradients: TaskGradients) key state : Combined =
        Tensors.constant (fun combined -> [ combined.Direction ]) (fun () ->
            let whole = Gram.ofRows gradients.Rows
            let count = whole.Size

            let lengths =
                match gradients.Layer with
                | Some layer -> Gram.lengths (Gram.ofRows layer)
                | None -> Gram.lengths whole

            let isFinite i =
                Double.IsFinite whole[i, i]
                && Double.IsFinite gradients.Losses[i]
                && Double.IsFinite lengths[i]

            let tasks, dropped = partition gradients.Present isFinite

            let problem = {
                Tasks = tasks
                Gram = Gram.narrow tasks whole
                Losses = tasks |> Array.map (Array.get gradients.Losses)
                Lengths = tasks |> Array.map (Array.get lengths)
                Key = keyOf key
            }

            let direction, solution =
                if tasks.Length = 0 then
                    Tensor.zerosLike (Tensor.select 0 0L gradients.Rows),
                    Solution.create [||] state
                else
                    let narrowed = SurgeryState.narrow count tasks state
                    directionOf surgery (rowsOf tasks gradients.Rows) problem narrowed

            {
                Direction = direction
                State = SurgeryState.widen count tasks solution.State state
                Diagnostics = {
                    Dropped = List.ofArray dropped
                    Fallback = solution.Fallback
                    Coefficients =
                        if Array.isEmpty solution.Coefficients then
                            [||]
                        else
                            Gram.widen count tasks solution.Coefficients
                    Tasks = tasks
                    Gram = problem.Gram
                }
            })

    /// A problem of losses only: products and lengths are 0 and unused.
    let private ofLosses (losses: float[]) key (tasks: int[]) = {
        Tasks = tasks
        Gram = Gram.ofProducts tasks.Length (Array.zeroCreate (tasks.Length * tasks.Length))
        Losses = tasks |> Array.map (Array.get losses)
        Lengths = Array.zeroCreate tasks.Length
        Key = keyOf key
    }

    /// The coefficients of `combine` by a method that depends on losses alone (`WeighsLosses`), before
    /// there are gradients: the gradient of Σ coefficient · loss is then the direction.
    ///
    /// `losses` and `present`: [tasks]. A task whose loss is not finite is left out;
    /// gradients are not checked. Raises for a method that depends on gradients.
    let weigh (surgery: Surgery) (losses: float[]) present key state : LossWeights =
        let count = losses.Length
        let tasks, dropped = partition present (fun i -> Double.IsFinite losses[i])

        let solution =
            if tasks.Length = 0 then
                Solution.create [||] state
            else
                let problem = ofLosses losses key tasks
                let state = SurgeryState.narrow count tasks state

                match surgery.Solve problem state with
                | Combination solution when surgery.WeighsLosses -> fitting problem state solution
                | _ -> invalidArg (nameof surgery) "This method depends on gradients: use combine."

        {
            Coefficients = Gram.widen count tasks solution.Coefficients
            State = SurgeryState.widen count tasks solution.State state
            Dropped = List.ofArray dropped
            Fallback = solution.Fallback
        }
