namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// A squashed sample of a policy.
type PolicySample = {
    /// In (−1, 1), [tasks; rows; actions].
    Action: Tensor
    /// Before tanh.
    Raw: Tensor
    /// log π, [tasks; rows].
    LogProb: Tensor
}

/// The policy of soft actor-critic: tanh of a Gaussian (Haarnoja et al. 2018, appendix C).
///
/// log(1 − tanh²) is clamped, as in the original, instead of the softplus form.
module TanhGaussian =
    /// The halves of a network's output as mean and log σ; tanh maps log σ between the bounds.
    let ofOutput (low, high) (output: Tensor) =
        let actions = Ops.Size(output, 2) / 2L
        let squashed = Ops.Tanh(Ops.Narrow(output, 2L, actions, actions))

        {
            Mean = Ops.Narrow(output, 2L, 0L, actions)
            LogStd = low + 0.5 * (high - low) +. 0.5 * (high - low) *. squashed
            Mask = None
        }

    /// log π of tanh(μ + σ ε), which is `action`.
    let private logProb (policy: Gaussian) (noise: Tensor) action =
        let gaussian = -0.5 *. Ops.Square noise .- policy.LogStd
        let squash = Ops.Log(1e-6 +. Ops.Relu(1.0 +. -1.0 *. Ops.Square action))
        let density = Gaussian.sum policy.Mask (gaussian .- squash)

        match policy.Mask with
        | None -> -0.5 * float (Ops.Size(noise, 2)) * Gaussian.log2Pi +. density
        | Some mask -> -0.5 * Gaussian.log2Pi *. Ops.SumDim(mask, -1L, false) .+ density

    /// tanh(μ + σ ε) for given standard normal ε.
    let sample (policy: Gaussian) (noise: Tensor) =
        let raw = Gaussian.sample policy noise
        let action = Ops.Tanh raw
        { Action = action; Raw = raw; LogProb = logProb policy noise action }

    /// log π of a sample of another policy, [tasks; rows].
    let logProbOf (policy: Gaussian) (sample: PolicySample) =
        let noise = (sample.Raw .- policy.Mean) .* Ops.Exp(-1.0 *. policy.LogStd)
        logProb policy noise sample.Action

    /// KL(p ‖ q) in nats, [tasks; rows]: that of the Gaussians, since tanh is a bijection.
    let divergence p q = Gaussian.divergence p q

    /// The action without noise.
    let mode (policy: Gaussian) = Ops.Tanh(Gaussian.mode policy)

    /// As `mode` of `ofOutput`, on the output of a network as a row; `sizes` are the numbers of each task's actions, or empty.
    let internal modeSteps actions sizes = [
        RowStep.Next(RowLayer.Keep actions)
        yield! ActionMask.rowSteps actions sizes
        RowStep.Next(RowLayer.Activate Tanh)
    ]

    /// Entropy of the Gaussian before squashing in nats, [tasks; rows].
    let entropy policy = Gaussian.entropy policy
