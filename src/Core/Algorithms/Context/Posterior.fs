namespace MtrlFunctional.Algorithms

open MtrlFunctional.Tensors

/// Independent Gaussians over the numbers of a task's encoding.
type Posterior = {
    /// [tasks; 1; width].
    Mean: Tensor
    /// σ², [tasks; 1; width].
    Variance: Tensor
}

/// Beliefs about a task from its transitions: the product of a Gaussian factor for each transition and of the prior
/// N(0, I).
///
/// Paper: Rakelly et al. 2019, "Efficient Off-Policy Meta-Reinforcement Learning via Probabilistic Context Variables"
/// (PEARL), arXiv:1903.08254, eq. 2. With factors N(μᵢ, σᵢ²) the product has the precision 1 + Σ 1/σᵢ² and the mean Σ
/// (μᵢ/σᵢ²) / precision. Where this differs from the authors' program:
///   [1] the prior is one of the factors, so that the belief from no transition is the prior; the authors have it in
///       the loss alone.
module Posterior =
    /// The least σᵢ² of a factor.
    [<Literal>]
    let private LeastVariance = 1e-6

    /// The product over the rows with mask 1: a permutation of rows, and rows with mask 0, change nothing. `factors`
    /// are [tasks; rows; 2 · width]: μᵢ, then numbers whose softplus is σᵢ². `mask` is [tasks; rows].
    let product (factors: Tensor) (mask: Tensor) : Posterior =
        let width = Ops.Size(factors, 2) / 2L
        let mean = Ops.Narrow(factors, 2L, 0L, width)
        let variance = LeastVariance +. Ops.Softplus(Ops.Narrow(factors, 2L, width, width))
        let precision = Ops.Unsqueeze(mask, 2L) ./ variance
        // [1]
        let total = 1.0 +. Ops.SumDim(precision, 1L, true)

        {
            Mean = Ops.SumDim(precision .* mean, 1L, true) ./ total
            Variance = Ops.FullLike(total, 1.0) ./ total
        }

    /// μ + σ ε, for standard normal noise [tasks; 1; width].
    let sample (noise: Tensor) (posterior: Posterior) =
        posterior.Mean .+ Ops.Sqrt posterior.Variance .* noise

    /// KL(q ‖ N(0, I)) of each task, [tasks; 1], in nats.
    let divergence (posterior: Posterior) =
        let terms =
            -1.0
            +. (posterior.Variance .+ Ops.Square posterior.Mean .- Ops.Log posterior.Variance)

        0.5 *. Ops.SumDim(terms, 2L, false)
