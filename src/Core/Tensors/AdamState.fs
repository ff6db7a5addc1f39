namespace MtrlFunctional.Tensors

/// A flat vector of parameters with the moments of Adam (Kingma and Ba 2015, arXiv:1412.6980, algorithm
/// 1). All vectors have equal length.
type AdamState = {
    Values: Tensor
    /// Running mean of the gradients.
    FirstMoment: Tensor
    /// Running mean of their squares.
    SecondMoment: Tensor
    /// Steps taken.
    Steps: int64
}

/// Steps of Adam.
module AdamState =
    /// The state before the first step.
    let start (values: Tensor) = {
        Values = values
        FirstMoment = Tensor.zerosLike values
        SecondMoment = Tensor.zerosLike values
        Steps = 0L
    }

    let owns (state: AdamState) = [ state.Values; state.FirstMoment; state.SecondMoment ]

    /// One step of Adam against the gradient. Without weight decay an element whose gradients were all exactly zero does not
    /// change.
    let step (rule: AdamRule) (gradient: Tensor) state =
        let { Values = values; FirstMoment = first; SecondMoment = second; Steps = steps } =
            state

        let outcome = AdamWork.Run(rule, steps + 1L, values, first, second, gradient)

        {
            Values = outcome.Parameters
            FirstMoment = outcome.Mean
            SecondMoment = outcome.Square
            Steps = steps + 1L
        }
