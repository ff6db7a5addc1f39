namespace Mtrl.Networks

open System
open Mtrl.Tensors
open MtrlFunctional.Tensors

/// A Gaussian over actions before they are squashed. [tasks; rows; actions] each.
type Gaussian = { Mean: Tensor; LogStd: Tensor }

/// A squashed draw from a policy.
type Proposal = {
    /// In (−1, 1), [tasks; rows; actions].
    Action: Tensor
    /// log π, [tasks; rows].
    LogProb: Tensor
}

/// The policy of soft actor-critic: tanh of a Gaussian (Haarnoja et al. 2018, appendix C).
///
/// log(1 − tanh²) is computed clamped, as the original does, and not in the softplus form.
module TanhGaussian =
    let private log2Pi = log (2.0 * Math.PI)

    /// The halves of a network's output: mean, and log σ squashed between the bounds.
    let ofOutput (low, high) (output: Tensor) =
        let actions = Ops.Size(output, 2) / 2L
        let spread = Ops.Tanh(Ops.Narrow(output, 2L, actions, actions))

        {
            Mean = Ops.Narrow(output, 2L, 0L, actions)
            LogStd = low + 0.5 * (high - low) +. 0.5 * (high - low) *. spread
        }

    /// tanh(μ + σ ε) for given standard normal ε.
    let draw (policy: Gaussian) (noise: Tensor) =
        let action = Ops.Tanh(policy.Mean .+ Ops.Exp policy.LogStd .* noise)
        let actions = float (Ops.Size(noise, 2))

        let gaussian = -0.5 *. Ops.Square noise .- policy.LogStd
        let squash = Ops.Log(1e-6 +. Ops.Relu(1.0 +. -1.0 *. Ops.Square action))

        {
            Action = action
            LogProb = -0.5 * actions * log2Pi +. Ops.SumDim(gaussian .- squash, 2L, false)
        }

    /// The action without noise.
    let mode (policy: Gaussian) = Ops.Tanh policy.Mean

    /// Entropy of the Gaussian before squashing, [tasks; rows].
    let entropy (policy: Gaussian) =
        let actions = float (Ops.Size(policy.LogStd, 2))
        0.5 * actions * (1.0 + log2Pi) +. Ops.SumDim(policy.LogStd, 2L, false)
