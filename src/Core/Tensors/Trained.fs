namespace MtrlFunctional.Tensors

open MtrlFunctional.Tensors

/// A flat vector of parameters that Adam trains, with what it remembers. All of equal length.
type Trained = {
    Values: Tensor
    /// Running mean of the gradients.
    FirstMoment: Tensor
    /// Running mean of their squares.
    SecondMoment: Tensor
    /// Steps taken.
    Steps: int64
}

/// Training a vector.
module Trained =
    /// Before the first step.
    let start (values: Tensor) = {
        Values = values
        FirstMoment = Ops.ZerosLike values
        SecondMoment = Ops.ZerosLike values
        Steps = 0L
    }

    let owns trained = [ trained.Values; trained.FirstMoment; trained.SecondMoment ]

    /// One step of Adam against the gradient. An element whose gradients were all exactly zero
    /// stays as it is.
    let step (rule: AdamRule) (gradient: Tensor) trained =
        let { Values = values; FirstMoment = first; SecondMoment = second; Steps = steps } =
            trained

        let outcome = Ops.AdamStep(rule, steps + 1L, values, first, second, gradient)

        {
            Values = outcome.Parameters
            FirstMoment = outcome.Mean
            SecondMoment = outcome.Square
            Steps = steps + 1L
        }
