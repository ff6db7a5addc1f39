/// One gradient of losses that a method of surgery weighs (`Surgery.weighsLosses`), in place of a gradient
/// for each task.
///
/// The losses of all rows are recorded first and determine the coefficients; one backward pass then gives the
/// gradient of Σ coefficient · loss. What belongs to one task follows its own gradient times the task's
/// share of the batch, as in `CombineGradients`: no other task's rows reach it, so that it can be scaled from the
/// coefficient to the share afterwards.
///
/// Not every update can go this way [1]: a task whose loss or gradient is not finite is to be left out,
/// when its rows are among the others already; and what a coefficient of nearly 0 has wiped out no factor
/// brings back. Then there is no answer here, and gradients task by task have to give it.
module internal MtrlFunctional.Algorithms.LossWeighting

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.CombineGradients

/// What one gradient of the weighted losses gives.
type WeightedLosses = {
    /// With respect to the part's first layout, part by part of the batch.
    Gradient: Tensor[]
    /// With respect to what else was asked for, over the whole batch; what belongs to a task not scaled.
    Others: Tensor[]
    /// What scales the gradient of what belongs to a task, [tasks].
    ToShare: Tensor
    /// What was recorded, over the whole batch: the losses first.
    Sums: Tensor[]
    Memory: SurgeryState
}

/// The least coefficient, relative to the task's share, from which a gradient is scaled back: in single
/// precision numbers above 1e-26 keep all their digits.
[<Literal>]
let private LeastFactor = 1e-12

/// The squares of longer gradients do not fit into single precision.
[<Literal>]
let private LongestGradient = 1e19

let private hasOwn part =
    part.Layouts |> List.exists (fun layout -> Sharing.ownCount layout > 0L)

/// Whether the part's method needs no gradients task by task: unless it also determines
/// parameters that belong to one task.
let applies isOwnToo part =
    Surgery.weighsLosses part.Method && not (isOwnToo && hasOwn part)

/// Whether a gradient and its square are finite.
let isSound (gradient: Tensor) =
    Ops.Item(Ops.Norm gradient) < LongestGradient

/// The factor of each task's summed losses, and the memory of the method; none if [1].
let private factors part (shares: float[]) (sums: float[]) =
    let perShare numbers =
        Array.map2 (fun share x -> if share > 0.0 then x / share else 0.0) shares numbers

    let present = shares |> Array.map (fun share -> share > 0.0)

    let weighed = Surgery.weigh part.Method (perShare sums) present part.Key part.Memory

    let factors = perShare weighed.Coefficients

    let canScale =
        Array.forall2 (fun isHere f -> not isHere || f > LeastFactor) present factors

    if weighed.Dropped.IsEmpty && (canScale || not (hasOwn part)) then
        Some(factors, weighed.State)
    else
        None

/// The gradient of losses that the part's method weighs, with respect to leaves of its first layout and
/// to `others`; none if [1].
///
/// `shares`: what the weights of each task's rows add up to, [tasks]; over all tasks 1. `recorded`: from
/// `Shards.split`; of each part of the batch the first is the sum of each task's weighted losses, [tasks],
/// as a recorded computation.
let gradient
    shards
    part
    shares
    (leaves: Weights)
    others
    (recorded: Tensor[][])
    : WeightedLosses option =
    let sums = recorded |> Array.map (Array.map Ops.Detach) |> Shards.sums

    let asTensor (numbers: float[]) =
        TensorOptions.fromDoubles (TensorOptions.ofTensor sums[0]) numbers [|
            int64 numbers.Length
        |]

    let gradient (factors, memory) =
        let weights = asTensor factors

        let toShare =
            factors |> Array.map (fun f -> if f > 0.0 then 1.0 / f else 0.0) |> asTensor

        let layout = List.head part.Layouts

        let found =
            Shards.each shards recorded (fun sums ->
                let gradient, others = Gradient.weighted layout leaves others sums[0] weights
                [| Sharing.scaleOwn layout toShare gradient; yield! others |])

        {
            Gradient = Array.map Array.head found
            Others = found |> Array.map Array.tail |> Shards.sums
            ToShare = toShare
            Sums = sums
            Memory = memory
        }

    factors part shares (Ops.ToDoubles sums[0])
    |> Option.map gradient
    |> Option.filter (fun weighing -> Array.forall isSound weighing.Gradient)
