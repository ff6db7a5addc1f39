namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// log σ of a Gaussian policy, from the parameters that are stored.
module internal GaussianPolicy =
    /// Stored numbers within their bounds. Beyond a bound the gradient is 0, on the bound it is passed on.
    let limited (std: ActionStd) (stored: Tensor) =
        match std.MinStd, std.MaxStd with
        | Some low, Some high -> Tensor.clamp (log low) (log high) stored
        | Some low, None -> Tensor.clampMin (log low) stored
        | None, Some high -> Tensor.clampMax (log high) stored
        | None, None -> stored

    /// log σ of stored numbers.
    let logStd (std: ActionStd) (stored: Tensor) =
        let limited = limited std stored

        match std.Form with
        | LogStd -> limited
        | SoftplusStd -> Tensor.log (Tensor.softplus (Tensor.exp limited))
