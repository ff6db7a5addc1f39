namespace Mtrl.Tensors

open MtrlFunctional.Tensors

/// A flat vector of parameters that Adam trains, with what it remembers. All of equal length.
type Trained = {
    Values: Tensor
    /// Running mean of the gradients.
    First: Tensor
    /// Running mean of their squares.
    Second: Tensor
    /// Steps taken.
    Steps: int64
}

/// Training a vector.
module Trained =
    /// Before the first step.
    let start (values: Tensor) = {
        Values = values
        First = Ops.ZerosLike values
        Second = Ops.ZerosLike values
        Steps = 0L
    }

    let owns trained = [ trained.Values; trained.First; trained.Second ]

    /// One step of Adam against the gradient. An element whose gradients were all exactly zero
    /// stays as it is.
    let step (rule: AdamRule) (gradient: Tensor) trained =
        let { Values = values; First = first; Second = second; Steps = steps } = trained
        let outcome = Ops.AdamStep(rule, steps + 1L, values, first, second, gradient)

        {
            Values = outcome.Parameters
            First = outcome.Mean
            Second = outcome.Square
            Steps = steps + 1L
        }
