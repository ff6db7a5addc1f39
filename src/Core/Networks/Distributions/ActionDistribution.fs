namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// A distribution over actions that are not squashed.
type internal ActionDistribution =
    /// A Gaussian over vectors.
    | GaussianActions of Gaussian
    /// A categorical distribution over discrete actions, as one-hot rows.
    | CategoricalActions of Categorical

/// Densities, entropies, divergences and samples of both kinds.
module internal ActionDistribution =
    /// The tensors of a distribution.
    let owns distribution =
        match distribution with
        | GaussianActions policy -> policy.Mean :: policy.LogStd :: Option.toList policy.Mask
        | CategoricalActions policy -> [ policy.LogProbs ]

    /// log π of actions [tasks; rows; n], [tasks; rows].
    let logProb distribution (action: Tensor) =
        match distribution with
        | GaussianActions policy -> Gaussian.logProb policy action
        | CategoricalActions policy -> Categorical.logProb policy action

    /// Entropy in nats; [tasks; rows], or broadcasts against it.
    let entropy distribution =
        match distribution with
        | GaussianActions policy -> Gaussian.entropy policy
        | CategoricalActions policy -> Categorical.entropy policy

    /// KL(p ‖ q) in nats, [tasks; rows]. Raises ArgumentException where the kinds differ.
    let divergence p q =
        match p, q with
        | GaussianActions p, GaussianActions q -> Gaussian.divergence p q
        | CategoricalActions p, CategoricalActions q -> Categorical.divergence p q
        | GaussianActions _, CategoricalActions _
        | CategoricalActions _, GaussianActions _ ->
            invalidArg (nameof q) "A divergence is between distributions of one kind."

    /// The action of given standard normal noise, [tasks; rows; n].
    let sample distribution (noise: Tensor) =
        match distribution with
        | GaussianActions policy -> Gaussian.sample policy noise
        | CategoricalActions policy -> Categorical.sample policy noise

    /// The mean, or the most probable choice.
    let mode distribution =
        match distribution with
        | GaussianActions policy -> Gaussian.mode policy
        | CategoricalActions policy -> Categorical.mode policy
