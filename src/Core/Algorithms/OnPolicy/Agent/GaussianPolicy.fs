namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// log σ of a Gaussian policy, from the parameters that are stored.
module internal GaussianPolicy =
    /// Stored numbers within their bounds. Beyond a bound the gradient is 0, on the bound it is passed on.
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
