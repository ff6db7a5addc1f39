namespace MtrlFunctional.Surgery

open MtrlFunctional.Experiments
open MtrlFunctional.Experiments.Schema

/// The divisor of each gradient before the shortest combination is computed; a divisor that is not a
/// positive number is replaced by 1.
[<RequireQualifiedAccess>]
type internal GradientScale =
    | None
    /// Its length.
    | Length
    /// The task's loss.
    | Loss
    /// Both.
    | LossAndLength

/// How the shortest combination is found.
[<RequireQualifiedAccess>]
type internal MinNormSolver =
    | Exact
    /// Steps of the Frank–Wolfe algorithm.
    | FrankWolfe of Steps: int

/// Settings of MGDA.
type internal MgdaConfig = {
    Scale: GradientScale
    Solver: MinNormSolver
    /// A task whose gradient is zero gets weight 0; otherwise it stops all learning, since zero is
    /// the shortest combination.
    SkipZeroGradients: bool
}

/// MGDA: the shortest vector in the convex hull of the gradients, which makes no task worse.
///
/// Papers: Désidéri 2012, doi:10.1016/j.crma.2012.03.014; Sener and Koltun 2018, "Multi-Task
/// Learning as Multi-Objective Optimization", arXiv:1810.04650, alg. 2.
module internal Mgda =
    /// Exact, unscaled, without tasks whose gradient is zero.
    let standard = {
        Scale = GradientScale.None
        Solver = MinNormSolver.Exact
        SkipZeroGradients = true
    }

    /// What each gradient is divided by.
    let scales scale (problem: Problem) =
        let positive x = if x > 0.0 then x else 1.0
        let lengths = Gram.lengths problem.Gram

        match scale with
        | GradientScale.None -> Array.create lengths.Length 1.0
        | GradientScale.Length -> Array.map positive lengths
        | GradientScale.Loss -> Array.map positive problem.Losses
        | GradientScale.LossAndLength ->
            Array.map2 (fun x y -> positive (x * y)) problem.Losses lengths

    let private weights solver gram =
        match solver with
        | MinNormSolver.Exact -> MinNorm.solve gram
        | MinNormSolver.FrankWolfe steps -> MinNorm.frankWolfe steps gram

    /// Weights of the gradients that are not zero; the others get 0.
    let private chosen config (gram: Gram) =
        let nonZero =
            if config.SkipZeroGradients then
                Gram.nonZero gram
            else
                [| 0 .. gram.Size - 1 |]

        if nonZero.Length = 0 then
            Array.zeroCreate gram.Size
        else
            Gram.narrow nonZero gram
            |> weights config.Solver
            |> Gram.widen gram.Size nonZero

    /// Weights of the original gradients, as in the paper. They are not negative, and add up to 1 unless all gradients are zero.
    let solve config (problem: Problem) state =
        let shrink = scales config.Scale problem |> Array.map (fun s -> 1.0 / s)
        let alpha = problem.Gram |> Gram.scale shrink |> chosen config
        Solution.create alpha state

    /// The method with these choices.
    let surgery config : Surgery = Surgery.Of(solve config)

    let private key name = key $"agent.surgery.mgda.{name}"

    let private scaleWords = [
        "none", GradientScale.None
        "length", GradientScale.Length
        "loss", GradientScale.Loss
        "loss_and_length", GradientScale.LossAndLength
    ]

    let private solver =
        Codec.int 0 100_000
        |> Codec.map
            (fun steps ->
                if steps = 0 then
                    MinNormSolver.Exact
                else
                    MinNormSolver.FrankWolfe steps)
            (function
             | MinNormSolver.Exact -> 0
             | MinNormSolver.FrankWolfe steps -> steps)

    let private keys =
        record [
            key "scale" (Codec.oneOf scaleWords) (is standard.Scale) _.Scale
            <| "by what gradients are divided before the shortest mixture is sought. Ours"

            key "frank_wolfe_steps" solver (is MinNormSolver.Exact) _.Solver
            <| "steps of the paper's approximate solver; 0: exact. Ours"

            without standard.SkipZeroGradients _.SkipZeroGradients
        ]

    /// `agent.surgery.method=mgda`.
    let method' =
        Method.withKeys "mgda" "minimum-norm point of the convex hull" standard keys surgery
