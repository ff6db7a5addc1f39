namespace MtrlFunctional.Surgery

open MtrlFunctional.Experiments
open MtrlFunctional.Experiments.Schema

/// The common value to which the singular values of the gradients are set.
[<RequireQualifiedAccess>]
type internal AlignedScale =
    /// The smallest: as in the paper.
    | Smallest
    /// The (lower) median.
    | Median
    /// The root of the mean square.
    | RootMeanSquare

/// Settings of Aligned-MTL.
type internal AlignedMtlConfig = { Scale: AlignedScale }

/// Aligned-MTL: the gradients are made orthogonal and equally long before they are added, so that
/// their matrix has condition number 1.
///
/// Paper: Senushkin et al. 2023, "Independent Component Alignment for Multi-Task Learning",
/// arXiv:2305.19000, alg. 1: α = √λ · V Λ^(−1/2) Vᵀ p. Directions with eigenvalues that rounding
/// cannot distinguish from zero are left out, as with parallel gradients and gradients of zero.
/// In float32 the limit is that of the authors' program: tasks · 1.2e-7 of the largest eigenvalue.
module internal AlignedMtl =
    let standard = { Scale = AlignedScale.Smallest }

    /// Eigenvalues that are not rounding.
    let rank (gram: Gram) (eigen: SymmetricEigen) =
        let least = eigen.Values[0] * float gram.Size * min 1.2e-7 (100.0 * gram.Rounding)

        eigen.Values
        |> Array.filter (fun value -> value > max least 0.0)
        |> Array.length

    let private size scale (values: float[]) =
        match scale with
        | AlignedScale.Smallest -> sqrt (Array.last values)
        | AlignedScale.Median -> sqrt values[values.Length / 2]
        | AlignedScale.RootMeanSquare -> sqrt (Array.average values)

    /// The coefficients for preferences p, the weight of each task.
    let coefficients scale (gram: Gram) (preference: float[]) =
        let n = gram.Size
        let eigen = SymmetricEigen.ofGram gram
        let alpha = Array.zeroCreate n
        let values = Array.truncate (rank gram eigen) eigen.Values

        for k in 0 .. values.Length - 1 do
            let vector = Array.init n (fun i -> eigen.Vectors[i * n + k])
            let along = Array.fold2 (fun sum v p -> sum + v * p) 0.0 vector preference
            let factor = size scale values * along / sqrt values[k]
            vector |> Array.iteri (fun i v -> alpha[i] <- alpha[i] + factor * v)

        alpha

    /// The coefficients of the combination.
    let solve config (problem: Problem) state =
        let equal = Array.create problem.Gram.Size 1.0
        Solution.create (coefficients config.Scale problem.Gram equal) state

    /// The method with these choices.
    let surgery config : Surgery = Surgery.Of(solve config)

    let private key name = key $"agent.surgery.aligned_mtl.{name}"

    let private singularValues = [
        "smallest", AlignedScale.Smallest
        "median", AlignedScale.Median
        "root_mean_square", AlignedScale.RootMeanSquare
    ]

    let private keys =
        record [
            key "scale" (Codec.oneOf singularValues) (is standard.Scale) _.Scale
            <| "to which of them the singular values are made equal. Ours"
        ]

    /// `agent.surgery.method=aligned_mtl`.
    let method' =
        Method.withKeys
            "aligned_mtl"
            "gradients made orthogonal and equally long"
            standard
            keys
            surgery
