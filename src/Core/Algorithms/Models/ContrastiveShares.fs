/// The share of each task in the contrastive loss, a mean over pairs of rows: one half of a pair's loss belongs to the
/// task of the row, the other half to the task of its partner. The shares add up to the loss, and their gradients to
/// its gradient.
///
/// A share depends on the encodings of other tasks, too, so that all tasks' encodings are computed for each gradient.
module internal MtrlFunctional.Algorithms.ContrastiveShares

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.PerTaskGradients

/// From numbers of rows [tasks; rows], and partners who are each other's, to sums of tasks [tasks]: of each number one
/// half to the row's task and one to its partner's.
let divide (partner: Tensor) (x: Tensor) : Tensor =
    let flat = Ops.Reshape(x, [| -1L |])

    let ofPartner =
        Ops.Reshape(Ops.IndexSelect(flat, 0L, Ops.Reshape(partner, [| -1L |])), Ops.Shape x)

    Ops.SumDim(0.5 *. (x .+ ofPartner), 1L, false)

/// Gradients of the shares.
type ContrastiveGradients = {
    /// The gradients of each task's mean, with respect to the task encoder's parameters.
    ByTask: PerTaskGradients
    /// The layout of the directions that surgery makes of `ByTask`.
    Layout: Layout
    /// A scalar.
    Loss: Tensor
}

/// The layout with all parameters marked as shared by the tasks.
let private shared layout =
    Layout.create [ for slot in layout.Slots -> { slot.Parameter with PerTask = false } ]

/// Gradients for a surgery of whole gradients (`isOwnToo`) or of shared parameters only. In the latter case the
/// gradient of a task's own parameters is the gradient of the whole loss, as without surgery: the other tasks of its
/// pairs contribute to it.
let gradients isOwnToo layout leaves (pairs: Tensor) (batch: Batch) : ContrastiveGradients =
    let partner = batch.Draws[ModelDraws.partner]
    let losses = divide partner (batch.Weight .* pairs)
    let weights = Ops.ToDoubles(divide partner batch.Weight)
    let all = Array.sum weights

    let perWeight =
        TensorOptions.fromDoubles
            (TensorOptions.ofTensor losses)
            (weights |> Array.map (fun weight -> if weight > 0.0 then 1.0 / weight else 0.0))
            [| int64 weights.Length; 1L |]

    let rows = Gradient.rows layout leaves losses
    let losses = Ops.Detach losses
    let ofShared, _ = Sharing.split layout rows

    let ofOwn =
        let whole = Ops.Expand(Ops.SumDim(rows, 0L, true), Ops.Shape rows)
        Sharing.split layout whole |> snd

    let layout, ofShared, ofOwn =
        if isOwnToo then
            shared layout, rows, Ops.Narrow(rows, 1L, 0L, 0L)
        else
            layout, ofShared, ofOwn

    {
        ByTask =
            ofRows
                (weights |> Array.map (fun weight -> weight / all))
                (perWeight .* ofShared)
                (perWeight .* ofOwn)
                (Ops.Squeeze(perWeight, 1L) .* losses)
                []
        Layout = layout
        Loss = Ops.Sum losses
    }
