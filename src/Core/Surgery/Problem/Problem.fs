namespace MtrlFunctional.Surgery

open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// How the gradients of tasks are joined where nothing else decides.
[<RequireQualifiedAccess>]
type Reduction =
    | Sum
    | Mean

/// The input of a method in one update: tasks that are in the batch, with finite losses and gradients;
/// there is at least one.
type Problem = {
    /// Their numbers, ascending.
    Tasks: int[]
    Gram: Gram
    /// [tasks].
    Losses: float[]
    /// ‖g_i‖ on the layer that GradNorm balances, [tasks].
    Lengths: float[]
    /// ⟨g′_i, g″_j⟩ of two further samples of the gradients, [tasks; tasks]; only SDMGrad uses them.
    Sampled: float[] option
    /// Where this update's random numbers come from.
    Key: Key
}

/// Why a method did not give its own answer.
[<RequireQualifiedAccess>]
type Fallback =
    /// Its equations have no solution, or not just one.
    | NoSolution
    /// Its direction would have made every task worse.
    | Reversed
    /// Its direction is not determined: what it divides by vanishes.
    | Vanishing
    /// Its direction was too long for the numbers of the gradients.
    | Overflow

/// What a method answers: the combined gradient is Σ coefficient · gradient.
type Solution = {
    /// [tasks].
    Coefficients: float[]
    /// Of the tasks of the problem.
    State: SurgeryState
    Fallback: Fallback option
}

/// How a method makes one gradient of many.
type Answer =
    /// Σ coefficient · gradient.
    | Combination of Solution
    /// From [tasks; parameters] to [parameters], each parameter by itself; nothing is remembered.
    | Elementwise of (Tensor -> Tensor)

module Solution =
    /// The method's own answer.
    let create coefficients state = { Coefficients = coefficients; State = state; Fallback = None }

    /// Every gradient alike, because the method has no answer.
    let mean reason (problem: Problem) state = {
        Coefficients = Simplex.middle problem.Gram.Size
        State = state
        Fallback = Some reason
    }

    /// Coefficients that join gradients alike.
    let joining reduction size =
        match reduction with
        | Reduction.Sum -> Array.create size 1.0
        | Reduction.Mean -> Simplex.middle size
