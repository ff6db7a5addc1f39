/// A step in a trust region over any vector of parameters: conjugate gradients, then a line search.
///
/// Paper: Schulman et al. 2015, "Trust Region Policy Optimization", arXiv:1502.05477, appendix C. Constants and the
/// handling of NaN are garage's (`step`). Training does not go on silently from a gradient or a curvature that is NaN
/// (`stepOrNaN`).
module internal MtrlFunctional.Algorithms.TrustRegions

open System
open MtrlFunctional.Tensors

/// An iteration of conjugate gradients.
type Iterate = {
    /// Squared norm of the residual before.
    Before: float
    /// Curvature along the direction, pᵀ H p.
    Curvature: float
    /// α, the step along the direction.
    StepSize: float
    /// β, the weight of the direction in the next one.
    Beta: float
    /// Squared norm of the residual after.
    After: float
}

/// Loss and divergence at a point of the line search.
type Trial = { Loss: float; Divergence: float }

/// A step with the trace of its search.
type Outcome = {
    /// H⁻¹ g.
    Direction: Tensor
    Trace: Iterate list
    /// xᵀ H x.
    Curvature: float
    /// √(2 δ / xᵀ H x).
    Length: float
    LossBefore: float
    /// In the order of the search.
    Trials: Trial list
    Accepted: bool
    /// The parameters after the step; the start if the step was rejected.
    Point: Tensor
}

let private dot (x: Tensor) (y: Tensor) = Tensor.sum (x .* y)

/// Solves H x = g from x = 0; the solution and its iterations.
let conjugateGradients (product: Tensor -> Tensor) iterations tolerance (gradient: Tensor) =
    let rec go count (x, r, p, squared: float, trace) =
        if count = iterations || (count > 0 && squared < tolerance) then
            x, List.rev trace
        else
            let z = product p
            let curvature = Tensor.item (dot p z)
            let stepSize = squared / curvature
            let x = x .+ stepSize *. p
            let r = r .- stepSize *. z
            let after = Tensor.item (dot r r)
            let beta = after / squared

            let iterate = {
                Before = squared
                Curvature = curvature
                StepSize = stepSize
                Beta = beta
                After = after
            }

            go (count + 1) (x, r, r .+ beta *. p, after, iterate :: trace)

    let squared = Tensor.item (dot gradient gradient)
    go 0 (Tensor.zerosLike gradient, gradient, gradient, squared, [])

let private withoutNaN (x: Tensor) =
    Tensor.where (Tensor.equal x x) x (Tensor.zerosLike x)

let private search (rule: TrustRegion) measure (start: Tensor) (step: Tensor) before =
    let reached (trial: Trial) =
        trial.Loss < before && trial.Divergence <= rule.MaxKl

    let rec go k trials =
        let point = start .- (rule.Shrink ** float k) *. step
        let trial: Trial = measure point
        let trials = trial :: trials

        if reached trial || k + 1 = rule.Tries then
            point, trials
        else
            go (k + 1) trials

    let point, trials = go 0 []
    let last = List.head trials

    // A comparison with NaN is false, so a step with NaN is not accepted, unless `AcceptsViolation`.
    let inside =
        if rule.AcceptStepAtBound then
            last.Divergence <= rule.MaxKl
        else
            last.Divergence < rule.MaxKl

    let accepted = rule.AcceptsViolation || (last.Loss < before && inside)
    (if accepted then point else start), List.rev trials, accepted

/// One step from `start`, where the loss is `before`, against `gradient`. `product` multiplies with the
/// damped Hessian of the divergence; `measure` gives loss and divergence at a point.
let step (rule: TrustRegion) product measure before (start: Tensor) (gradient: Tensor) : Outcome =
    let solution, trace =
        conjugateGradients product rule.Iterations rule.Tolerance gradient

    let direction = withoutNaN solution
    let curvature = Tensor.item (dot direction (product direction))
    let length = sqrt (2.0 * rule.MaxKl * (1.0 / (curvature + 1e-8)))
    let length = if Double.IsNaN length then 1.0 else length
    let point, trials, accepted = search rule measure start (length *. direction) before

    {
        Direction = direction
        Trace = trace
        Curvature = curvature
        Length = length
        LossBefore = before
        Trials = trials
        Accepted = accepted
        Point = point
    }

/// NaN at the places where the gradient of a search, or its product with the Hessian, is not finite; none where all is.
let private nonFinite product (gradient: Tensor) trace =
    let nanLike x = Some(0.0 *. x)

    match trace with
    | { Before = squared } :: _ when not (Double.IsFinite squared) -> nanLike gradient
    | { Before = squared; Curvature = curvature } :: _ when
        squared > 0.0 && not (Double.IsFinite curvature)
        ->
        nanLike (product gradient)
    | _ -> None

/// As `step`, but parameters are NaN after it where the gradient, or its product with the Hessian, is not finite: NaN
/// parameters stop the run, since `step` would silently skip this and every later update.
let stepOrNaN rule product measure before (start: Tensor) (gradient: Tensor) : Outcome =
    let outcome = step rule product measure before start gradient

    match nonFinite product gradient outcome.Trace with
    | Some faults -> { outcome with Point = start .+ faults }
    | None -> outcome
