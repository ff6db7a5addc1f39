/// The cross-entropy method over action sequences (`CemConfig`).
module MtrlFunctional.Algorithms.Cem

open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors

/// Where candidates are drawn: mean and standard deviation of each action, [steps; actions; 1].
type private Search = { Mean: Tensor; Std: Tensor }

/// Candidates of drawn numbers [steps; actions; candidates]: within [−1, 1], or one-hot the choice with the largest
/// score; equal scores are not drawn.
let private candidatesOf space (drawn: Tensor) =
    match space with
    | ActionSpace.Box _ -> Tensor.clamp -1.0 1.0 drawn
    | ActionSpace.Discrete _ ->
        let isLargest = Tensor.greaterOrEqual drawn (Tensor.maxDimKept 1 drawn)
        Tensor.toType (Tensor.scalarType drawn) isLargest

/// The actions of a mean [steps; actions]; of equal scores the first counts.
let private actionsOf space (mean: Tensor) =
    match space with
    | ActionSpace.Box _ -> mean
    | ActionSpace.Discrete _ -> Categorical.oneHotOfLargest mean

/// Indices of the largest returns, in falling order, equal returns by index; a return that is not finite is the least.
let internal elites count (returns: float[]) =
    let order =
        returns
        |> Array.map (fun x -> if System.Double.IsFinite x then -x else infinity)

    let compareReturns (i: int) (j: int) =
        match order[i].CompareTo order[j] with
        | 0 -> i.CompareTo j
        | different -> different

    let places = Array.init returns.Length id
    System.Array.Sort(places, System.Comparison compareReturns)
    places |> Array.truncate count |> Array.map int64

let private step (config: CemConfig) space (returns: Tensor -> Tensor) search (noise: Tensor) =
    let drawn = search.Mean .+ search.Std .* noise

    // Elites of continuous actions are the played actions; elites of discrete actions are scores.
    let candidates, kept =
        let actions = candidatesOf space drawn

        match space with
        | ActionSpace.Box _ -> actions, actions
        | ActionSpace.Discrete _ -> actions, drawn

    let places = elites config.Elites (Tensor.toDoubles (returns candidates))

    let best = Tensor.take 2 places kept
    let mean = Tensor.meanDimKept 2 best
    let std = Tensor.sqrt (Tensor.meanDimKept 2 (Tensor.square (best .- mean)))

    let smooth before after =
        config.Smoothing *. before .+ (1.0 - config.Smoothing) *. after

    { Mean = smooth search.Mean mean; Std = smooth search.Std std }

/// The sequence of actions [steps; actions] in the middle of the last iteration, for standard normal `noise`
/// [iterations; steps; actions; candidates] and a function from sequences [steps; actions; candidates] to returns
/// [candidates].
let plan (config: CemConfig) space (noise: Tensor) (returns: Tensor -> Tensor) : Tensor =
    let shape = [| Tensor.size 1 noise; Tensor.size 2 noise; 1L |]

    let constant value =
        Draw.constant (TensorOptions.ofTensor noise) value shape

    let last =
        Tensor.unbind 0 noise
        |> Array.fold (step config space returns) {
            Mean = constant 0.0
            Std = constant config.InitialStd
        }

    actionsOf space (Tensor.squeeze 2 last.Mean)
