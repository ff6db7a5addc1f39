namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// The policy of on-policy agents: a Gaussian over actions that are not squashed, means
/// [tasks; rows; actions], log σ the same or broadcast against them.
module internal GaussianPolicy =
    /// Stored numbers within their bounds. Beyond a bound the gradient is 0, on it that of the bound.
    let limited (std: ActionStd) (stored: Tensor) =
        match std.MinStd, std.MaxStd with
        | Some low, Some high -> Ops.Clamp(stored, log low, log high)
        | Some low, None -> Ops.ClampMin(stored, log low)
        | None, Some high -> Ops.ClampMax(stored, log high)
        | None, None -> stored

    /// log σ of stored numbers.
    let logStd (std: ActionStd) (stored: Tensor) =
        let limited = limited std stored

        match std.Form with
        | LogStd -> limited
        | SoftplusStd -> Ops.Log(Ops.Softplus(Ops.Exp limited))

    /// log π of actions, [tasks; rows].
    let logProb (policy: Gaussian) (action: Tensor) =
        Ops.SumDim(Gaussian.logDensity policy.Mean policy.LogStd action, -1L, false)
