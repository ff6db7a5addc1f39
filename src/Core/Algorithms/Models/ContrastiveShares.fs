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
    let flat = Tensor.reshape [| -1L |] x

    let ofPartner =
        Tensor.reshape
            (Tensor.shape x)
            (Tensor.indexSelect 0 (Tensor.reshape [| -1L |] partner) flat)

    Tensor.sumDim 1 (0.5 *. (x .+ ofPartner))

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
    let weights = Tensor.toDoubles (divide partner batch.Weight)
    let all = Array.sum weights

    let perWeight =
        TensorOptions.fromDoubles
            (TensorOptions.ofTensor losses)
            (weights |> Array.map (fun weight -> if weight > 0.0 then 1.0 / weight else 0.0))
            [| int64 weights.Length; 1L |]

    let rows = Gradient.rows layout leaves losses
    let losses = Tensor.detach losses
    let ofShared, _ = Sharing.split layout rows

    let ofOwn =
        let whole = Tensor.expand (Tensor.shape rows) (Tensor.sumDimKept 0 rows)
        Sharing.split layout whole |> snd

    let layout, ofShared, ofOwn =
        if isOwnToo then
            shared layout, rows, Tensor.narrow 1 0L 0L rows
        else
            layout, ofShared, ofOwn

    {
        ByTask =
            ofRows
                (weights |> Array.map (fun weight -> weight / all))
                (perWeight .* ofShared)
                (perWeight .* ofOwn)
                (Tensor.squeeze 1 perWeight .* losses)
                []
        Layout = layout
        Loss = Tensor.sum losses
    }
