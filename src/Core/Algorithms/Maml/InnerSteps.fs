/// Gradient steps on given losses, and derivatives through them.
///
/// Paper: Finn et al. 2017, "Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks", arXiv:1703.03400, eq.
/// 1. With θⱼ₊₁ = θⱼ − α ∇Lⱼ(θⱼ) the derivative of the last point by the first is the product of I − α Hⱼ, Hⱼ the
/// Hessian of Lⱼ at θⱼ. So a product with this derivative is a product with each Hessian in turn, exact, without
/// derivatives above the second. A point is a vector: the parameters of all tasks, one task behind the other; a loss is
/// the sum over the tasks.
module internal MtrlFunctional.Algorithms.InnerSteps

open MtrlFunctional.Tensors

/// The point after a step from `point` against the gradient of a loss.
let next rate (loss: Tensor -> Tensor) (point: Tensor) =
    Tensors.scope Seq.singleton (fun () ->
        let leaf = Tensor.leaf point
        let gradient = (Tensor.grad [| leaf |] (loss leaf))[0]
        Tensor.detach (point .- rate *. gradient))

/// The point after a step on each of the losses, from `start`.
let last rate losses start =
    List.fold (fun point loss -> next rate loss point) start losses

/// A gradient with its point, of which it is a recorded function.
type Recorded = { Point: Tensor; Gradient: Tensor }

/// The gradients of losses at the points of their steps. Valid in the surrounding scope.
let record (steps: (Tensor * (Tensor -> Tensor)) list) : Recorded list =
    steps
    |> List.map (fun (point, loss) ->
        let leaf = Tensor.leaf point
        { Point = leaf; Gradient = (Tensor.gradGraph [| leaf |] (loss leaf))[0] })

/// (I − α H) v of a step; H is symmetric.
let private through rate step (v: Tensor) =
    Tensors.scope Seq.singleton (fun () ->
        let product =
            (Tensor.gradRetained [| step.Point |] (Tensor.sum (step.Gradient .* v)))[0]

        v .- rate *. product)

/// J v for the derivative J of the last point by the first.
let forward rate steps v =
    List.fold (fun v step -> through rate step v) v steps

/// Jᵀ v: a gradient at the last point as one at the first.
let backward rate steps v = List.foldBack (through rate) steps v
