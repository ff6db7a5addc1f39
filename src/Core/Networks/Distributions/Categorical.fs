namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// A distribution over n discrete actions. An action is a one-hot row.
type internal Categorical = {
    /// log π of each choice, [tasks; rows; n].
    LogProbs: Tensor
}

/// Densities, entropies, divergences and samples.
module Categorical =
    /// The distribution of logits [tasks; rows; n].
    let internal ofLogits (logits: Tensor) = { LogProbs = Tensor.logSoftmax -1 logits }

    let private sum (x: Tensor) = Tensor.sumDim -1 x

    /// log π of one-hot actions, [tasks; rows].
    let internal logProb policy (action: Tensor) = sum (action .* policy.LogProbs)

    /// π of each choice, [tasks; rows; n].
    let internal probabilities policy = Tensor.exp policy.LogProbs

    /// Entropy in nats, [tasks; rows].
    let internal entropy policy =
        Tensor.neg (sum (probabilities policy .* policy.LogProbs))

    /// KL(p ‖ q) in nats, [tasks; rows].
    let internal divergence p q =
        sum (probabilities p .* (p.LogProbs .- q.LogProbs))

    /// The choice with the largest number as a one-hot row; of equal numbers the first.
    let oneHotOfLargest (x: Tensor) =
        Tensor.toType (Tensor.scalarType x) (Tensor.isLargest x)

    /// Standard normal numbers that one sample takes.
    [<CompiledName("NoiseSize")>]
    let internal noiseSize choices = 2 * choices

    /// A choice for given standard normal noise [tasks; rows; 2 n], as a one-hot row: the largest of
    /// log π + g with independent Gumbel g (Gumbel 1954). Half the sum of two squared normal numbers has
    /// an exponential distribution, and minus its logarithm a Gumbel distribution.
    let internal sample policy (noise: Tensor) =
        let choices = Tensor.size -1 policy.LogProbs

        let half first =
            Tensor.square (Tensor.narrow -1 first choices noise)

        let gumbel = Tensor.neg (Tensor.log (0.5 *. (half 0L .+ half choices)))
        oneHotOfLargest (policy.LogProbs .+ gumbel)

    /// The Gumbel numbers g of `sample`, for standard normal noise [2 n].
    [<CompiledName("Gumbel")>]
    let internal gumbel (noise: float32[]) =
        let choices = noise.Length / 2

        Array.init choices (fun i ->
            -(log (0.5f * (noise[i] * noise[i] + noise[choices + i] * noise[choices + i]))))

    /// The most probable choice as a one-hot row; of equal choices the first.
    let internal mode policy = oneHotOfLargest policy.LogProbs
