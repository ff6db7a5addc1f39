namespace MtrlFunctional.Surgery

open MtrlFunctional.Tensors

/// Gradients and losses of the tasks in one update.
type TaskGradients = {
    /// [tasks; parameters]: a gradient for each task, with respect to what the tasks share.
    Rows: Tensor
    /// [tasks].
    Losses: float[]
    /// [tasks]: whether the batch holds the task. The rows of others are not looked at.
    Present: bool[]
    /// [tasks; parameters of a layer]: the part that GradNorm balances; none: all.
    Layer: Tensor option
    /// Two more samples of `Rows` from other batches, for SDMGrad; none: `Rows` itself.
    Samples: (Tensor * Tensor) option
}

/// How much the tasks agreed, and what was unusual.
type Diagnostics = {
    /// Tasks that were left out because their gradient or loss is not finite.
    Dropped: int list
    /// Why the direction is not the method's own.
    Fallback: Fallback option
    /// How much of each gradient is in the direction, [tasks]; 0 for tasks left out; empty for
    /// GradDrop, which picks parameter by parameter.
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

/// The outcome of a method that weighs losses, before there are gradients.
type LossWeights = {
    /// How much of each gradient is to be in the direction, [tasks]; 0 for tasks left out.
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
        Samples = None
    }
