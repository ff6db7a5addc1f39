namespace Mtrl.Algorithms

open System
open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional.Tensors

/// A Gaussian over actions that are not squashed: means [tasks; rows; actions], log σ the same or
/// broadcast against them.
module internal GaussianPolicy =
    let private log2Pi = log (2.0 * Math.PI)

    /// log σ of stored numbers. Where σ is limited its gradient is 0.
    let logStd (spread: Spread) (stored: Tensor) =
        let limited =
            match spread.MinStd, spread.MaxStd with
            | Some low, Some high -> Ops.Clamp(stored, log low, log high)
            | Some low, None -> Ops.ClampMin(stored, log low)
            | None, Some high -> Ops.ClampMax(stored, log high)
            | None, None -> stored

        match spread.Form with
        | LogStd -> limited
        | SoftplusStd -> Ops.Log(Ops.Softplus(Ops.Exp limited))

    /// log N(x; μ, σ) of each number.
    let logDensity (mean: Tensor) (logStd: Tensor) (x: Tensor) =
        let scaled = (x .- mean) ./ Ops.Exp logStd
        -0.5 * log2Pi +. (-0.5 *. Ops.Square scaled .- logStd)

    /// log π of actions, [tasks; rows].
    let logProb (policy: Gaussian) (action: Tensor) =
        Ops.SumDim(logDensity policy.Mean policy.LogStd action, -1L, false)

    /// Entropy of log σ, [..] of [..; actions].
    let entropyOf (logStd: Tensor) =
        Ops.SumDim(0.5 * (1.0 + log2Pi) +. logStd, -1L, false)

    /// Entropy of a policy, as broad as its log σ.
    let entropy (policy: Gaussian) = entropyOf policy.LogStd

    /// Kullback-Leibler divergence of `next` from `old`, [tasks; rows].
    let divergence (old: Gaussian) (next: Gaussian) =
        let variance = Ops.Exp(2.0 *. old.LogStd)
        let shift = Ops.Square(old.Mean .- next.Mean)
        let spread = (variance .+ shift) ./ (2.0 *. Ops.Exp(2.0 *. next.LogStd))
        Ops.SumDim(-0.5 +. (next.LogStd .- old.LogStd .+ spread), -1L, false)

    /// μ + σ ε for given standard normal ε.
    let draw (policy: Gaussian) (noise: Tensor) =
        policy.Mean .+ Ops.Exp policy.LogStd .* noise
