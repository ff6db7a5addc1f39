namespace MtrlFunctional.Surgery

open MtrlFunctional.Experiments
open MtrlFunctional.Experiments.Schema

/// The parts of IMTL that are used.
[<RequireQualifiedAccess>]
type internal ImtlPart =
    /// IMTL-G: coefficients of the gradients.
    | Gradients
    /// IMTL-L: learned scales of the losses.
    | Losses
    | Both

/// Settings of IMTL.
type internal ImtlConfig = {
    Part: ImtlPart
    /// Learning rate (Adam) of the scales.
    Rate: float
    /// Reverse a direction that would increase every loss, and bound its length by the length of the
    /// longest gradient; otherwise as in the paper.
    Safe: bool
}

/// IMTL: a direction with the same projection on every task's unit gradient, and losses scaled to
/// the same size.
///
/// Paper: Liu et al. 2021, "Towards Impartial Multi-task Learning", ICLR, eq. 6–7 (gradients) and
/// eq. 9 (losses: e^s L − s).
///
/// The equations: ⟨d, u_i⟩ = p for all i, Σ α = 1, solved as one system for α and p. Departures:
///   [1] p may be negative, since Σ α = 1 fixes the sign of d: `Safe` reverses d;
///   [2] where rows are parallel or one depends on the others there is no single solution: the
///       mean gradient is taken; a gradient of zero is left out.
module internal Imtl =
    let standard = { Part = ImtlPart.Gradients; Rate = 1e-3; Safe = true }

    [<Literal>]
    let private Scales = "scales"

    [<Literal>]
    let private Limit = 20.0

    /// All losses as they are.
    let start tasks =
        LearnedNumbers.start Scales (Array.zeroCreate tasks) SurgeryState.empty

    /// α and the common projection p, for gradients of which none is zero.
    let coefficients (gram: Gram) =
        let n = gram.Size
        let lengths = Gram.lengths gram
        let typical, shortest = Array.average lengths, Array.min lengths
        let cosines = Gram.scale (lengths |> Array.map (fun length -> 1.0 / length)) gram

        // Unknown are α_j ‖g_j‖ / typical and −p / typical. No element is above 1, however long the gradients.
        let matrix =
            Array.init ((n + 1) * (n + 1)) (fun at ->
                match at / (n + 1), at % (n + 1) with
                | i, j when i < n && j < n -> cosines[i, j]
                | i, j when i = j -> 0.0
                | i, j when i = n -> shortest / lengths[j]
                | _ -> 1.0)

        let right = Array.init (n + 1) (fun i -> if i = n then shortest / typical else 0.0)

        LinearSystem.solve (100.0 * gram.Rounding) matrix right
        |> ValueOption.map (fun solved ->
            struct (Array.init n (fun i -> solved[i] * typical / lengths[i]), -solved[n] * typical))

    /// ds of the losses e^s L − s.
    let scaleGradient (scales: float[]) (losses: float[]) =
        Array.map2 (fun s loss -> exp s * loss - 1.0) scales losses

    let private safely gram (alpha: float[]) projection =
        let length = sqrt (max 0.0 (Gram.squared gram alpha))
        let longest = sqrt (Gram.largest gram)
        let factor = if length > longest then longest / length else 1.0

        if projection < 0.0 then
            alpha |> Array.map (fun a -> -factor * a), Some Fallback.Reversed
        else
            alpha |> Array.map (fun a -> factor * a), None

    /// IMTL-G for all gradients of a problem.
    let private impartial config (gram: Gram) problem state =
        let nonZero = Gram.nonZero gram
        let inner = Gram.narrow nonZero gram

        match (if nonZero.Length = 0 then ValueNone else coefficients inner) with
        | ValueNone -> Solution.mean Fallback.NoSolution problem state
        | ValueSome(alpha, projection) ->
            let alpha, fallback =
                if config.Safe then
                    safely inner alpha projection
                else
                    alpha, None

            let all = Gram.widen gram.Size nonZero alpha
            { Solution.create all state with Fallback = fallback }

    let private learnScales config (problem: Problem) state =
        let gradient = scaleGradient (SurgeryState.perTask Scales state) problem.Losses
        let state = LearnedNumbers.adam config.Rate Scales gradient state

        let kept =
            SurgeryState.perTask Scales state
            |> Array.map (fun s -> max -Limit (min Limit s))

        SurgeryState.withTask Scales kept state

    /// The coefficients of the direction, and the scales for the next update.
    let solve config (problem: Problem) state =
        match config.Part with
        | ImtlPart.Gradients -> impartial config problem.Gram problem state
        | ImtlPart.Losses ->
            let factors = SurgeryState.perTask Scales state |> Array.map exp
            Solution.create factors (learnScales config problem state)
        | ImtlPart.Both ->
            let factors = SurgeryState.perTask Scales state |> Array.map exp
            let scaled = Gram.scale factors problem.Gram
            let solution = impartial config scaled problem (learnScales config problem state)

            { solution with Coefficients = Array.map2 (*) solution.Coefficients factors }

    /// The method with these choices.
    let rec surgery config : Surgery = {
        Surgery.Of(solve config) with
            Start = start
            WeighsLosses = (config.Part = ImtlPart.Losses)
            OfSignedLosses =
                match config.Part with
                | ImtlPart.Gradients -> None
                | ImtlPart.Losses -> Some(Surgery.Plain Reduction.Mean)
                | ImtlPart.Both -> Some(surgery { config with Part = ImtlPart.Gradients })
    }

    let private key name = key $"agent.surgery.imtl.{name}"

    let private parts = [
        "gradients", ImtlPart.Gradients
        "losses", ImtlPart.Losses
        "both", ImtlPart.Both
    ]

    let private keys =
        record [
            key "part" (Codec.oneOf parts) (is standard.Part) _.Part
            <| "IMTL-G (gradients), IMTL-L (losses) or both. Ours"

            key "rate" Codec.positive (is standard.Rate) _.Rate
            <| "learning rate (Adam) of IMTL-L's scales. Ours"

            key "safe" Codec.flag (is standard.Safe) _.Safe
            <| "turn a direction round that would make every task worse, and limit its length. Ours"
        ]

    /// `agent.surgery.method=imtl`.
    let method' =
        Method.Of(
            "imtl",
            "equal projections on all gradients, or losses of equal size",
            surgery standard
        )
        |> Method.withValues keys (fun config choice -> {
            choice with
                Surgery = Some(fun _ _ -> surgery config)
                Idle = [
                    if config.Part = ImtlPart.Gradients then
                        "agent.surgery.imtl.rate", "agent.surgery.imtl.part=losses, or both"
                ]
        })
