namespace MtrlFunctional.Networks

open System
open MtrlFunctional.Tensors

/// A normal distribution with diagonal covariance, for example over actions: [tasks; rows; actions] each, or broadcast
/// against this shape.
type internal Gaussian = {
    Mean: Tensor
    LogStd: Tensor
    /// 1 for a number of an action, 0 for padding, which enters no density, entropy or divergence and is 0 in samples;
    /// [tasks; 1; actions]. None: there is no padding.
    Mask: Tensor option
}

/// Densities, entropies and divergences, summed over the last dimension where not stated otherwise.
module internal Gaussian =
    let log2Pi = log (2.0 * Math.PI)

    /// Over the numbers of an action.
    let sum mask (x: Tensor) =
        Tensor.sumDim -1 (ActionMask.apply mask x)

    /// log N(x; μ, σ) of each element; not summed.
    let logDensity (mean: Tensor) (logStd: Tensor) (x: Tensor) =
        let scaled = (x .- mean) ./ Tensor.exp logStd
        -0.5 * log2Pi +. (-0.5 *. Tensor.square scaled .- logStd)

    /// log N(x; μ, σ), [tasks; rows].
    let logProb gaussian x =
        sum gaussian.Mask (logDensity gaussian.Mean gaussian.LogStd x)

    /// Entropy of log σ in nats, [..] of [..; actions].
    let entropyOf mask (logStd: Tensor) =
        sum mask (0.5 * (1.0 + log2Pi) +. logStd)

    /// Entropy in nats, [tasks; rows], or the leading shape of log σ.
    let entropy gaussian = entropyOf gaussian.Mask gaussian.LogStd

    /// KL(p ‖ q) in nats, [tasks; rows].
    let divergence (p: Gaussian) (q: Gaussian) =
        let variance = Tensor.exp (2.0 *. p.LogStd)
        let shift = Tensor.square (p.Mean .- q.Mean)
        let ratio = (variance .+ shift) ./ (2.0 *. Tensor.exp (2.0 *. q.LogStd))
        sum p.Mask (-0.5 +. (q.LogStd .- p.LogStd .+ ratio))

    /// μ + σ ε for given standard normal ε.
    let sample (gaussian: Gaussian) (noise: Tensor) =
        gaussian.Mean .+ Tensor.exp gaussian.LogStd .* noise
        |> ActionMask.apply gaussian.Mask

    /// μ.
    let mode (gaussian: Gaussian) =
        ActionMask.apply gaussian.Mask gaussian.Mean
