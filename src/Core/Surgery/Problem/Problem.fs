namespace MtrlFunctional.Surgery

open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// Plain reduction of task gradients.
[<RequireQualifiedAccess>]
type internal Reduction =
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
    /// Key of the random numbers of this update.
    Key: Key
}

/// Reason for a result other than the method's.
[<RequireQualifiedAccess>]
type Fallback =
    internal
    /// Its equations have no solution, or several.
    | NoSolution
    /// Its direction would have made every task worse.
    | Reversed
    /// Its direction is undetermined: a divisor vanishes.
    | Vanishing
    /// Its direction was too long for the numbers of the gradients.
    | Overflow

/// Solution of a method: the combined gradient is Σ coefficient · gradient.
type Solution = {
    /// [tasks].
    Coefficients: float[]
    /// Of the tasks of the problem.
    State: SurgeryState
    Fallback: Fallback option
}

/// Form of the result of a method.
type Answer =
    /// Σ coefficient · gradient.
    | Combination of Solution
    /// From [tasks; parameters] to [parameters], each parameter by itself; without state.
    | Elementwise of (Tensor -> Tensor)

module internal Solution =
    /// Words of the reductions.
    let reductions = [ "sum", Reduction.Sum; "mean", Reduction.Mean ]

    /// The method's own solution.
    let create coefficients state = { Coefficients = coefficients; State = state; Fallback = None }

    /// Equal coefficients, because the method has no solution.
    let mean reason (problem: Problem) state = {
        Coefficients = Simplex.middle problem.Gram.Size
        State = state
        Fallback = Some reason
    }

    /// Coefficients of a plain reduction.
    let reductionWeights reduction size =
        match reduction with
        | Reduction.Sum -> Array.create size 1.0
        | Reduction.Mean -> Simplex.middle size

    /// Σ or mean of rows of coefficients.
    let join reduction size (rows: float[]) =
        let share = (reductionWeights reduction size)[0]

        Array.init size (fun column ->
            let mutable sum = 0.0

            for row in 0 .. size - 1 do
                sum <- sum + rows[row * size + column]

            share * sum)
