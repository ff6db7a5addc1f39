namespace MtrlFunctional.Surgery

open MtrlFunctional.Experiments
open MtrlFunctional.Experiments.Schema

/// Settings of SDMGrad.
type internal SdmGradConfig = {
    /// λ: weight of the mean gradient.
    Lambda: float
    Iterations: int
    Rate: float
    Momentum: float
}

/// SDMGrad: the weights of a shortest combination near the mean gradient, found by gradient
/// descent on independent samples of the gradients, with which its steps are unbiased.
///
/// Paper: Xiao et al. 2023, "Direction-oriented Multi-objective Learning", arXiv:2305.18409,
/// alg. 1, with the numbers of the authors' runs on Meta-World. Weights start from the update before. In an update the
/// gradients themselves are used in the place of further samples: biased, as the paper's deterministic form and those runs.
module internal SdmGrad =
    let standard = { Lambda = 0.6; Iterations = 20; Rate = 10.0; Momentum = 0.5 }

    [<Literal>]
    let private Weights = "weights"

    /// Equal weights.
    let start tasks =
        SurgeryState.withTask Weights (Simplex.middle tasks) SurgeryState.empty

    /// `products` are ⟨g′_i, g″_j⟩ of two samples, [tasks; tasks].
    let weights config (products: float[]) (start: float[]) =
        let n = start.Length

        let typical =
            Array.init n (fun i -> sqrt (max 0.0 products[i * n + i])) |> Array.average

        let h = products |> Array.map (fun x -> x / (typical * typical + 1e-8))

        let row i f =
            Seq.sumBy f (seq { i * n .. i * n + n - 1 })

        let pull = Array.init n (fun i -> config.Lambda / float n * row i (fun at -> h[at]))

        let step (w: float[], momentum: float[]) _ =
            let momentum =
                Array.init n (fun i ->
                    config.Momentum * momentum[i] + (row i (fun at -> h[at] * w[at % n]) + pull[i]))

            Array.map2 (fun w m -> w - config.Rate * m) w momentum |> Simplex.project, momentum

        if Array.forall System.Double.IsFinite h then
            Seq.fold step (start, Array.zeroCreate n) (seq { 1 .. config.Iterations })
            |> fst
        else
            start

    /// (w + λ/K) / (1 + λ).
    let coefficients config (weights: float[]) =
        let pull = config.Lambda / float weights.Length
        weights |> Array.map (fun w -> (w + pull) / (1.0 + config.Lambda))

    /// The coefficients, and the weights for the next update.
    let solve config (problem: Problem) state =
        // Some tasks may be absent: those that are here share all weight.
        let before = SurgeryState.perTask Weights state |> Simplex.project
        let w = weights config problem.Gram.Products before
        SurgeryState.withTask Weights w state |> Solution.create (coefficients config w)

    /// The method with these choices.
    let surgery config : Surgery = { Surgery.Of(solve config) with Start = start }

    let private key name = key $"agent.surgery.sdmgrad.{name}"

    let private keys =
        record [
            key "pull" Codec.notNegative (is standard.Lambda) _.Lambda
            <| "λ: weight of the mean gradient. Ours"

            key "iterations" (Codec.int 1 100_000) (is standard.Iterations) _.Iterations
            <| "steps towards the weights in each update. Ours"

            key "rate" Codec.positive (is standard.Rate) _.Rate
            <| "length of these steps. Ours"

            key "momentum" Codec.belowOne (is standard.Momentum) _.Momentum
            <| "momentum of these steps. Ours"
        ]

    /// `agent.surgery.method=sdmgrad`.
    let method' =
        Method.withKeys
            "sdmgrad"
            "minimum-norm point of the convex hull, regularised towards the mean gradient"
            standard
            keys
            surgery
