namespace MtrlFunctional.Surgery

open System
open MtrlFunctional.Experiments
open MtrlFunctional.Experiments.Schema

/// Settings of GradVac.
type internal GradVacConfig = {
    /// β: step of the moving average of the target cosines (paper 0.01, LibMTL 0.5).
    Rate: float
    Reduction: Reduction
}

/// The result of the corrections of all pairs.
type internal Corrected = {
    /// Row i has the coefficients of the i-th corrected gradient, [tasks; tasks].
    Rows: float[]
    /// Target cosines after the update, [tasks; tasks].
    Targets: float[]
}

/// GradVac: gradients are rotated towards each other up to a target cosine, a moving average of measured ones.
///
/// Paper: Wang et al. 2021, "Gradient Vaccine", arXiv:2010.05874, alg. 1 and eq. 2. Departures:
///   [1] a row that becomes zero has no direction: its cosine is set to 0;
///   [2] target cosines are at most 0.9999: the formula divides by √(1 − ρ̂²).
module internal GradVac =
    let paper = { Rate = 0.01; Reduction = Reduction.Sum }

    [<Literal>]
    let private Largest = 0.9999

    [<Literal>]
    let private Targets = "targets"

    /// Wanted cosines of zero: the first update is PCGrad's.
    let start tasks =
        SurgeryState.withPair Targets (Array.zeroCreate (tasks * tasks)) SurgeryState.empty

    /// The multiple of a gradient of length `other` that gives a row of length `own` the target cosine.
    let private correction own other cosine target =
        let sine x = sqrt (max 0.0 (1.0 - x * x))
        own * (target * sine cosine - cosine * sine target) / (other * sine target)

    /// The gradients after correction against the others in the given order.
    let correct rate (gram: Gram) (order: int[][]) (targets: float[]) : Corrected =
        let n = gram.Size
        let rows, targets = Array.zeroCreate (n * n), Array.copy targets
        let products = Array.zeroCreate n

        for i in 0 .. n - 1 do
            Array.blit gram.Products (i * n) products 0 n
            rows[i * n + i] <- 1.0
            let mutable squared = gram[i, i]
            // [1] Below it, a squared length is what rounding left.
            let cancelled = float n * gram.Rounding * gram[i, i]

            for j in order[i] do
                let own = if squared > cancelled then sqrt squared else 0.0
                let other = Gram.length gram j
                let lengths = own * other

                let cosine =
                    if lengths > 0.0 then
                        Math.Clamp(products[j] / lengths, -1.0, 1.0)
                    else
                        0.0

                let target = targets[i * n + j]

                if cosine < target then
                    if lengths > 0.0 then
                        let added = correction own other cosine (min Largest target) // [2]
                        rows[i * n + j] <- rows[i * n + j] + added

                        squared <- squared + 2.0 * added * products[j] + added * added * gram[j, j]

                        for k in 0 .. n - 1 do
                            products[k] <- products[k] + added * gram.Products[j * n + k]

                targets[i * n + j] <- (1.0 - rate) * target + rate * cosine

        { Rows = rows; Targets = targets }

    /// The coefficients of the combination, and the target cosines for the next update.
    let solve config (problem: Problem) state =
        let gram = problem.Gram
        let order = TaskOrder.drawn gram.Size problem.Key
        let outcome = SurgeryState.perPair Targets state |> correct config.Rate gram order

        state
        |> SurgeryState.withPair Targets outcome.Targets
        |> Solution.create (Solution.join config.Reduction gram.Size outcome.Rows)

    /// The method with these choices.
    let surgery config : Surgery = { Surgery.Of(solve config) with Start = start }

    let private key name = key $"agent.surgery.gradvac.{name}"

    let private reduction = Codec.oneOf Solution.reductions

    let private keys =
        record [
            key "rate" Codec.fraction (is paper.Rate) _.Rate
            <| "β: how quickly the wanted cosines follow the measured ones. Ours"

            key "reduction" reduction (is paper.Reduction) _.Reduction
            <| "how the gradients are joined. Ours"
        ]

    /// `agent.surgery.method=gradvac`.
    let method' =
        Method.withKeys
            "gradvac"
            "pairwise cosines are raised to a running target"
            paper
            keys
            surgery
