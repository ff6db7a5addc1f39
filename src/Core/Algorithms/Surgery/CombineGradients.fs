/// Combines the gradients of tasks by surgery: a direction for each network.
///
/// Parameters of one task follow its own gradient, times the task's share of the batch, as without surgery. If a method
/// also decides about them, as in the original of soft actor-critic, each task has one more column, with the length of
/// its own gradient, which is 0 for other tasks: products of rows then equal products of whole gradients, without rows
/// of that size.
module internal MtrlFunctional.Algorithms.CombineGradients

open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.PerTaskGradients

/// A part of an agent whose gradients surgery joins: critics, actor, policy or value function.
type Part = {
    Method: Surgery
    /// The layouts of the parameters of its gradients, in their order.
    Layouts: Layout list
    /// Where the networks of the first layout begin whose last shared layers a method may balance.
    Places: string list
    Memory: SurgeryState
    Key: Key
}

/// Directions for the layouts, and the memory of the method.
type Combined = { Directions: Tensor list; Memory: SurgeryState; Diagnostics: Diagnostics }

/// The last layers that tasks share, side by side: [tasks; numbers].
let private lastLayers part (rows: Tensor) =
    part.Places
    |> List.choose (fun place -> Sharing.lastLayer place part.Layouts.Head)
    |> List.map (fun (first, count) -> Tensor.narrow 1 first count rows)
    |> function
        | [] -> None
        | layers -> Some(Tensor.cat 1 (List.toArray layers))

let private withLayer part (gradients: TaskGradients) =
    if part.Method.BalancesLastLayers then
        { gradients with Layer = lastLayers part gradients.Rows }
    else
        gradients

/// A number of each task as a column like `rows`.
let private asColumn (rows: Tensor) (numbers: float[]) =
    TensorOptions.fromDoubles (TensorOptions.ofTensor rows) numbers [| int64 numbers.Length; 1L |]

/// Rows times a factor each; 0 where the factor is 0, as of a task without rows, whose gradient is no number.
let private weigh (rows: Tensor) (factors: float[]) =
    let factors = asColumn rows factors
    let isWeighed = Tensor.isPositive (Tensor.square factors)
    Tensor.where isWeighed (factors .* rows) (Tensor.zerosLike rows)

/// Lengths of the tasks' own gradients.
let private lengths (own: Tensor) =
    Tensor.toDoubles (Tensor.sumDim 1 (Tensor.square own)) |> Array.map sqrt

/// The method decides about whole gradients.
let private ownToo part (gradients: PerTaskGradients) =
    let shared = gradients.Shared
    let lengths = lengths gradients.Own
    let tasks = lengths.Length

    let columns =
        Array.init (tasks * tasks) (fun at ->
            if at / tasks = at % tasks then lengths[at % tasks] else 0.0)

    let options = TensorOptions.ofTensor shared.Rows

    let columns =
        TensorOptions.fromDoubles options columns [| int64 tasks; int64 tasks |]

    let rows = { shared with Rows = Tensor.cat 1 [| shared.Rows; columns |] }

    let combined =
        Surgery.combine part.Method (withLayer part rows) part.Key part.Memory

    let count = Tensor.size 1 shared.Rows

    let along =
        Tensor.toDoubles (Tensor.narrow 0 count (int64 tasks) combined.Direction)

    let kept =
        Array.map2 (fun x length -> if length > 0.0 then x / length else 0.0) along lengths

    combined, Tensor.narrow 0 0L count combined.Direction, weigh gradients.Own kept

/// A method leaves out a task whose gradient is not finite. The direction is then set to NaN, so that the update is
/// refused with a message that names the task, instead of training the other tasks only.
let private nanIfDropped (dropped: int list) (direction: Tensor) =
    if dropped.IsEmpty then direction else nan *. direction

/// Directions for the layouts of a part.
let combine isOwnToo part (gradients: PerTaskGradients) : Combined =
    let hasOwn = Tensor.count gradients.Own > 0L

    let combined, shared, own =
        if isOwnToo && hasOwn then
            ownToo part gradients
        else
            let rows = withLayer part gradients.Shared
            let combined = Surgery.combine part.Method rows part.Key part.Memory

            combined,
            combined.Direction,
            (if hasOwn then
                 weigh gradients.Own gradients.Shares
             else
                 gradients.Own)

    {
        Directions =
            Sharing.join part.Layouts shared own
            |> List.map (nanIfDropped combined.Diagnostics.Dropped)
        Memory = combined.State
        Diagnostics = combined.Diagnostics
    }
