namespace MtrlFunctional.Surgery

open MtrlFunctional.Experiments
open MtrlFunctional.Experiments.Schema
open MtrlFunctional.Tensors

/// Settings of GradDrop.
type internal GradDropConfig = {
    /// The share of each gradient that is kept whatever its sign, in [0, 1].
    Leak: float
}

/// GradDrop: for each parameter only gradients of one sign are added, which is drawn with the
/// probability ½ (1 + Σg / Σ|g|) of being positive.
///
/// Paper: Chen et al. 2020, "Just Pick a Sign", arXiv:2010.06808, alg. 1. Departure:
///   [1] it works on parameters, where the paper works on a shared representation.
///
/// The one method that is not a combination of whole gradients. Two sums over the tasks are enough:
/// of the gradients, S, and of their absolute values, A; positive ones add up to (A + S)/2,
/// negative ones to (S − A)/2.
module internal GradDrop =
    let standard = { Leak = 0.0 }

    /// Σ and Σ|·| over the tasks, [parameters] each.
    let private sums (rows: Tensor) =
        Tensor.sumDim 0 rows, Tensor.sumDim 0 (Tensor.abs rows)

    /// The probability of the positive sign; ½ where all gradients are zero.
    let private probability (sum: Tensor) (absolute: Tensor) =
        let none = Tensor.zerosLike sum

        0.5 +. (0.5 *. Tensor.where (Tensor.isPositive absolute) (sum ./ absolute) none)

    /// The probability of the positive sign, [parameters].
    let positive rows = sums rows ||> probability

    /// The direction for numbers drawn from [0, 1), [parameters].
    let direct config (rows: Tensor) (uniforms: Tensor) =
        let sum, absolute = sums rows
        let positive = probability sum absolute
        let none = Tensor.zerosLike sum

        let kept =
            Tensor.where
                (Tensor.greater positive uniforms)
                (0.5 *. (absolute .+ sum))
                (Tensor.where (Tensor.less positive uniforms) (0.5 *. (sum .- absolute)) none)

        if config.Leak = 0.0 then
            kept
        else
            (config.Leak *. sum) .+ ((1.0 - config.Leak) *. kept)

    /// The direction, with numbers drawn from a key.
    let solve config key (rows: Tensor) =
        let uniforms =
            0.5
            +. Draw.uniform (TensorOptions.ofTensor rows) 0.5 key [| Tensor.size 1 rows |]

        direct config rows uniforms

    /// The method with these choices.
    let surgery config : Surgery = {
        Surgery.Plain(Reduction.Sum) with
            WeighsLosses = false
            Solve = fun problem _ -> Elementwise(solve config problem.Key)
    }

    let private keys =
        record [
            key "agent.surgery.graddrop.leak" Codec.fraction (is standard.Leak) _.Leak
            <| "the part of each gradient that passes whatever its sign. Ours"
        ]

    /// `agent.surgery.method=graddrop`.
    let method' =
        Method.withKeys
            "graddrop"
            "each coordinate keeps gradients of one randomly chosen sign"
            standard
            keys
            surgery
