namespace MtrlFunctional.Surgery

open MtrlFunctional.Experiments
open MtrlFunctional.Experiments.Schema

/// Settings of Nash-MTL.
type internal NashMtlConfig = {
    /// Solve for products divided by their Frobenius norm: the coefficients grow by its square root. The authors'
    /// program divides, too, but its constraints restore the norm.
    Normalise: bool
    /// Bound of the direction's length; none: unbounded.
    MaxLength: float option
}

/// Nash-MTL: the Nash bargaining solution, whose gains are in inverse proportion to the weights;
/// no task can dominate by the size of its gradient.
///
/// Paper: Navon et al. 2022, "Multi-Task Learning as a Bargaining Game", arXiv:2202.01017:
/// α > 0 with GᵀGα = 1/α: a direction of length √tasks, which the bound shortens to 1 as in the authors' program. Here: the minimum of ½ αᵀMα − Σ log α, which is self-concordant, by
/// damped Newton steps, over gradients of unit length.
///
/// There is no solution where the hull of the gradients contains zero: the mean gradient is taken,
/// with the same bound. A gradient of zero is left out.
module internal NashMtl =
    let standard = { Normalise = false; MaxLength = Some 1.0 }

    /// Newton's step for unit gradients: by how much α changes, and the square of its decrement.
    let private newton (cosines: Gram) (alpha: float[]) =
        let n = alpha.Length

        let hessian =
            Array.mapi
                (fun at x ->
                    if at / n = at % n then
                        x + 1.0 / (alpha[at / n] * alpha[at / n])
                    else
                        x)
                cosines.Products

        let downhill =
            Array.map2 (fun gain a -> 1.0 / a - gain) (Gram.along cosines alpha) alpha

        LinearSystem.solve 0.0 hessian downhill
        |> ValueOption.map (fun step ->
            struct (step, Array.fold2 (fun sum s g -> sum + s * g) 0.0 step downhill))

    /// α for gradients of unit length; none where there is none.
    let private bargain (cosines: Gram) =
        let shortest = MinNorm.solve cosines |> Gram.squared cosines

        let rec descend rounds (alpha: float[]) =
            match newton cosines alpha with
            | ValueSome(step, decrement) when System.Double.IsFinite decrement ->
                let size = sqrt (max 0.0 decrement)
                let length = if size < 0.25 then 1.0 else 1.0 / (1.0 + size)
                let next = Array.map2 (fun a s -> a + length * s) alpha step

                if size < 1e-14 then
                    ValueSome next
                elif rounds = 0 then
                    (if size < 1e-6 then ValueSome next else ValueNone)
                else
                    descend (rounds - 1) next
            | _ -> ValueNone

        // A hull this close to zero is told apart from one that holds it by rounding only.
        if shortest <= 10.0 * float cosines.Size * cosines.Rounding then
            ValueNone
        else
            descend 200 (Array.create cosines.Size (1.0 / sqrt (float cosines.Size)))

    /// α > 0 with Mα = 1/α for gradients of which none is zero; none where there is none.
    let alpha (gram: Gram) =
        let shrink = Gram.lengths gram |> Array.map (fun length -> 1.0 / length)

        bargain (Gram.scale shrink gram)
        |> ValueOption.map (fun alpha -> Array.map2 (*) alpha shrink)

    let private limited config gram (coefficients: float[]) =
        let length = sqrt (max 0.0 (Gram.squared gram coefficients))

        match config.MaxLength with
        | Some most ->
            // As torch's clip_grad_norm_, which the authors' program calls.
            let factor = min 1.0 (most / (length + 1e-6))
            coefficients |> Array.map ((*) factor)
        | None -> coefficients

    /// The coefficients of the direction.
    let solve config (problem: Problem) state =
        let gram = problem.Gram
        let nonZero = Gram.nonZero gram
        let inner = Gram.narrow nonZero gram

        match (if nonZero.Length = 0 then ValueNone else alpha inner) with
        | ValueSome solved ->
            let frobenius = sqrt (inner.Products |> Array.sumBy (fun x -> x * x))
            let growth = if config.Normalise then sqrt frobenius else 1.0
            let coefficients = solved |> Array.map ((*) growth) |> Gram.widen gram.Size nonZero
            Solution.create (limited config gram coefficients) state
        | ValueNone ->
            let mean = Solution.mean Fallback.NoSolution problem state
            { mean with Coefficients = limited config gram mean.Coefficients }

    /// The method with these choices.
    let surgery config : Surgery = Surgery.Of(solve config)

    let private key name = key $"agent.surgery.nash_mtl.{name}"

    let private keys =
        record [
            key "normalise" Codec.flag (is standard.Normalise) _.Normalise
            <| "solve for products of gradients divided by their norm; the direction then shrinks with the gradients. Ours"

            key "max_length" (Codec.optional Codec.positive) (is standard.MaxLength) _.MaxLength
            <| "length of the direction at most; null: as it comes. Ours"
        ]

    /// `agent.surgery.method=nash_mtl`.
    let method' =
        Method.withKeys "nash_mtl" "Nash bargaining solution" standard keys surgery
