namespace MtrlFunctional.Surgery

open MtrlFunctional.Tensors

/// Gradients and losses of the tasks in one update.
type TaskGradients = internal {
    /// [tasks; parameters]: a gradient for each task, with respect to what the tasks share.
    Rows: Tensor
    /// [tasks].
    Losses: float[]
    /// [tasks]: whether the batch contains the task. The rows of other tasks are not read.
    Present: bool[]
    /// [tasks; parameters of a layer]: the part that GradNorm balances; none: all.
    Layer: Tensor option
}

/// Coefficients, products and special cases of a combination.
type Diagnostics = {
    /// Tasks that were left out because their gradient or loss is not finite.
    Dropped: int list
    /// Why the direction is not the method's own.
    Fallback: Fallback option
    /// The coefficient of each gradient in the direction, [tasks]; 0 for tasks left out; empty for
    /// GradDrop, which selects for each parameter.
    Coefficients: float[]
    /// Tasks that took part.
    Tasks: int[]
    /// Products of their gradients.
    Gram: Gram
}

/// The outcome of a method.
type Combined = {
    /// [parameters], always finite; zero where no task took part.
    Direction: Tensor
    State: SurgeryState
    Diagnostics: Diagnostics
}

/// The result of a method of loss weighting, before gradients are computed.
type LossWeights = {
    /// The weight of each loss, [tasks]; 0 for tasks left out.
    Coefficients: float[]
    State: SurgeryState
    /// Tasks that were left out because their loss is not finite.
    Dropped: int list
    /// Why the coefficients are not the method's own.
    Fallback: Fallback option
}

module TaskGradients =
    /// All tasks are in the batch.
    let create rows (losses: float[]) = {
        Rows = rows
        Losses = losses
        Present = Array.create losses.Length true
        Layer = None
    }
