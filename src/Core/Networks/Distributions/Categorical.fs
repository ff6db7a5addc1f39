namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// A distribution over n discrete actions. An action is a one-hot row.
type Categorical = {
    /// log π of each choice, [tasks; rows; n].
    LogProbs: Tensor
}

/// Densities, entropies, divergences and samples.
module Categorical =
    /// The distribution of logits [tasks; rows; n].
    let ofLogits (logits: Tensor) = { LogProbs = Ops.LogSoftmax(logits, -1L) }

    let private sum (x: Tensor) = Ops.SumDim(x, -1L, false)

    /// log π of one-hot actions, [tasks; rows].
    let logProb policy (action: Tensor) = sum (action .* policy.LogProbs)

    /// π of each choice, [tasks; rows; n].
    let probabilities policy = Ops.Exp policy.LogProbs

    /// Entropy in nats, [tasks; rows].
    let entropy policy =
        Ops.Neg(sum (probabilities policy .* policy.LogProbs))

    /// KL(p ‖ q) in nats, [tasks; rows].
    let divergence p q =
        sum (probabilities p .* (p.LogProbs .- q.LogProbs))

    /// The choice with the largest number as a one-hot row; of equal numbers the first.
    let internal oneHotOfLargest (x: Tensor) =
        let size = Ops.Size(x, -1)
        let first = Ops.Argmax(x, -1L, true)

        let choices =
            Ops.To(Ops.FromLongs(Array.init (int size) int64, [| size |]), Ops.DeviceOf x)

        Ops.ToType(Ops.Equal(choices, first), Ops.NumericOf x)

    /// Standard normal numbers that one sample takes.
    let noiseSize choices = 2 * choices

    /// A choice for given standard normal noise [tasks; rows; 2 n], as a one-hot row: the largest of
    /// log π + g with independent Gumbel g (Gumbel 1954). Half the sum of two squared normal numbers has
    /// an exponential distribution, and minus its logarithm a Gumbel distribution.
    let sample policy (noise: Tensor) =
        let choices = Ops.Size(policy.LogProbs, -1)

        let half first =
            Ops.Square(Ops.Narrow(noise, -1L, first, choices))

        let gumbel = Ops.Neg(Ops.Log(0.5 *. (half 0L .+ half choices)))
        oneHotOfLargest (policy.LogProbs .+ gumbel)

    /// The most probable choice as a one-hot row; of equal choices the first.
    let mode policy = oneHotOfLargest policy.LogProbs
