namespace MtrlFunctional.Algorithms

open MtrlFunctional.Tensors

/// Independent Gaussians over the numbers of a task's encoding.
type internal Posterior = {
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
module internal Posterior =
    /// The least σᵢ² of a factor.
    [<Literal>]
    let private LeastVariance = 1e-6

    /// The product over the rows with mask 1: a permutation of rows, and rows with mask 0, change nothing. `factors`
    /// are [tasks; rows; 2 · width]: μᵢ, then numbers whose softplus is σᵢ². `mask` is [tasks; rows].
    let product (factors: Tensor) (mask: Tensor) : Posterior =
        let width = Tensor.size 2 factors / 2L
        let mean = Tensor.narrow 2 0L width factors

        let variance =
            LeastVariance +. Tensor.softplus (Tensor.narrow 2 width width factors)

        let precision = Tensor.unsqueeze 2 mask ./ variance
        // [1]
        let total = 1.0 +. Tensor.sumDimKept 1 precision

        {
            Mean = Tensor.sumDimKept 1 (precision .* mean) ./ total
            Variance = Tensor.fullLike 1.0 total ./ total
        }

    /// μ + σ ε, for standard normal noise [tasks; 1; width].
    let sample (noise: Tensor) (posterior: Posterior) =
        posterior.Mean .+ Tensor.sqrt posterior.Variance .* noise

    /// KL(q ‖ N(0, I)) of each task, [tasks; 1], in nats.
    let divergence (posterior: Posterior) =
        let terms =
            -1.0
            +. (posterior.Variance .+ Tensor.square posterior.Mean
                .- Tensor.log posterior.Variance)

        0.5 *. Tensor.sumDim 2 terms
