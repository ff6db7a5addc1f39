/// One gradient of losses that a method of surgery weighs (`Surgery.WeighsLosses`), in place of a gradient
/// for each task.
///
/// The losses of all rows are recorded first and determine the coefficients; one backward pass then gives the gradient
/// of Σ coefficient · loss. Parameters of one task follow its own gradient times the task's share of the batch, as in
/// `CombineGradients`: no other task's rows reach them, so that their gradient can be scaled from the coefficient to
/// the share afterwards.
///
/// Some updates need gradients task by task instead [1], and then the result is none: a task whose loss or gradient is
/// not finite has to be left out, but its rows are in the sum already; and no factor restores a gradient that a
/// coefficient near 0 has rounded away.
module internal MtrlFunctional.Algorithms.LossWeighting

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.CombineGradients

/// The results of one gradient of the weighted losses.
type WeightedLosses = {
    /// The gradient with respect to the part's first layout, for each part of the batch.
    Gradient: Tensor[]
    /// Gradients with respect to the further tensors, over the whole batch; not yet scaled for parameters of one task.
    Others: Tensor[]
    /// The factors of the gradients of parameters of one task, [tasks].
    ToShare: Tensor
    /// The recorded sums over the whole batch, the losses first.
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
    part.Method.WeighsLosses && not (isOwnToo && hasOwn part)

/// Whether a gradient and its square are finite.
let isSound (gradient: Tensor) =
    Tensor.item (Tensor.norm gradient) < LongestGradient

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
/// `shares`: the sum of the weights of each task's rows, [tasks]; over all tasks 1. `recorded`: from `Shards.split`;
/// the first tensor of each part is the sum of each task's weighted losses, [tasks], as a recorded computation.
let gradient
    shards
    part
    shares
    (leaves: Weights)
    others
    (recorded: Tensor[][])
    : WeightedLosses option =
    let sums = recorded |> Array.map (Array.map Tensor.detach) |> Shards.sums

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

    factors part shares (Tensor.toDoubles sums[0])
    |> Option.map gradient
    |> Option.filter (fun weighing -> Array.forall isSound weighing.Gradient)
