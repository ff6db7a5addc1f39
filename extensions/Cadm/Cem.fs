/// The cross-entropy method over action sequences (`PlanSettings`).
module MtrlFunctional.Cadm.Cem

open System
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors

/// Standard deviation of the first candidates: half the way from the middle of an action's range to its bounds. With discrete
/// actions it scales scores, of which only the order counts.
[<Literal>]
let private InitialStd = 0.5

/// Where candidates are drawn: mean and standard deviation of each action, [steps; actions; 1].
type private Search = { Mean: Tensor; Std: Tensor }

/// Indices of the largest returns, in falling order, equal returns by index; a return that is not finite is the least.
let elites count (returns: float[]) =
    let key i =
        if Double.IsFinite returns[i] then -returns[i] else infinity

    Array.init returns.Length id
    |> Array.sortBy (fun i -> key i, i)
    |> Array.truncate count
    |> Array.map int64

let private step (plan: PlanSettings) space (returns: Tensor -> Tensor) search (noise: Tensor) =
    let drawn = search.Mean .+ search.Std .* noise

    // Candidates within [−1, 1], or one-hot the choice with the largest score; equal scores are not drawn. Elites of
    // continuous actions are the played actions; elites of discrete actions are scores.
    let candidates, kept =
        match space with
        | ActionSpace.Box _ ->
            let actions = Tensor.clamp -1.0 1.0 drawn
            actions, actions
        | ActionSpace.Discrete _ ->
            let isLargest = Tensor.greaterOrEqual drawn (Tensor.maxDimKept 1 drawn)
            Tensor.toType (Tensor.scalarType drawn) isLargest, drawn

    let indices = elites plan.Elites (Tensor.toDoubles (returns candidates))
    let best = Tensor.take 2 indices kept
    let mean = Tensor.meanDimKept 2 best
    let std = Tensor.sqrt (Tensor.meanDimKept 2 (Tensor.square (best .- mean)))

    let smooth before after =
        plan.Smoothing *. before .+ (1.0 - plan.Smoothing) *. after

    { Mean = smooth search.Mean mean; Std = smooth search.Std std }

/// The sequence of actions [steps; actions] in the middle of the last iteration, for standard normal `noise`
/// [iterations; steps; actions; candidates] and a function from sequences [steps; actions; candidates] to returns
/// [candidates].
let plan (plan: PlanSettings) space (noise: Tensor) (returns: Tensor -> Tensor) : Tensor =
    let constant value =
        Draw.constant (TensorOptions.ofTensor noise) value [|
            Tensor.size 1 noise
            Tensor.size 2 noise
            1L
        |]

    let start = { Mean = constant 0.0; Std = constant InitialStd }

    let last = Tensor.unbind 0 noise |> Array.fold (step plan space returns) start

    let mean = Tensor.squeeze 2 last.Mean

    match space with
    | ActionSpace.Box _ -> mean
    // Of equal scores the first counts.
    | ActionSpace.Discrete _ -> Categorical.oneHotOfLargest mean
