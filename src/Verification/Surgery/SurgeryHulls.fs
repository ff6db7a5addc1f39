/// Replays of methods that choose a point in the convex hull of the gradients.
module internal MtrlFunctional.Verification.SurgeryHulls

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.SurgeryCase

/// Optimality gap of the weights: 0 where no task's gain is below the norm of the combination.
let private gap gram alpha =
    Gram.squared gram alpha - Array.min (Gram.along gram alpha)

let private mgdaScaled (case: SurgeryCase) (name, scale) =
    let at quantity = $"{name}/{quantity}"
    let config = { Mgda.standard with Scale = scale; SkipZeroGradients = false }
    let scales = Mgda.scales scale case.Problem
    let scaled = Gram.scale (scales |> Array.map (fun s -> 1.0 / s)) case.Gram
    let raw = combineFirst (Mgda.surgery config) case
    let alpha = coefficients raw

    let vector =
        combineFirst (Mgda.surgery { config with CombineScaled = true }) case |> numbers
    // Norm of the divided gradients.
    let longest = sqrt (Gram.largest scaled)
    let case = { case with Longest = longest }

    [
        alike exact case (at "scale") scales
        nearSquare exact case (at "norm2") [| Gram.squared scaled alpha |]
        nearSquare exact case (at "kkt_gap") [| gap scaled alpha |]
        near exact case (at "min_norm_vector") vector
        if case.Is(at "alpha_unique") then
            alike exact case (at "alpha") alpha

            let case = { case with Longest = max longest (sqrt (Gram.largest case.Gram)) }
            near exact case (at "combined_raw") (numbers raw)
    ]

/// The given number of steps, each with the vertex, the fraction of the old weights, and whether
/// the vertices tie up to rounding.
let private steps count (gram: Gram) =
    Seq.unfold
        (fun alpha ->
            let struct (vertex, keep, next) = MinNorm.frankWolfeStep gram alpha
            let gains = Gram.along gram alpha
            let tie = gains[vertex] + 1e-13 * Gram.largest gram
            let isTie = (gains |> Array.filter (fun gain -> gain <= tie)).Length > 1
            Some((vertex, keep, isTie), next))
        (Simplex.middle gram.Size)
    |> Seq.take count
    |> Seq.toList

let private frankWolfe (case: SurgeryCase) =
    let steps = steps 1000 case.Gram

    // Iterates agree until vertices tie up to rounding; steps of length 0 are ignored.
    let together =
        steps
        |> List.takeWhile (fun (_, keep, isTie) -> not isTie || keep > 1.0 - 1e-9)
        |> List.length

    let chosen =
        steps |> List.truncate 20 |> List.takeWhile (fun (_, _, isTie) -> not isTie)

    let first tolerance name values =
        case.Read name
        |> Array.truncate chosen.Length
        |> fun recorded -> case.Part.Against tolerance name recorded values

    [
        for count in [ 1; 2; 5; 20; 100; 1000 ] do
            let alpha = MinNorm.frankWolfe count case.Gram

            nearSquare exact case $"frank_wolfe/norm2_iters{count}" [|
                Gram.squared case.Gram alpha
            |]

            if count <= together then
                alike exact case $"frank_wolfe/alpha_iters{count}" alpha
        first (Scaled exact) "frank_wolfe/keep" [| for _, keep, _ in chosen -> keep |]
        first Recorded.exact "frank_wolfe/vertex" [| for vertex, _, _ in chosen -> float vertex |]
    ]

let private mgda (case: SurgeryCase) =
    let scales = [
        "none", GradientScale.None
        "l2", GradientScale.Length
        "loss", GradientScale.Loss
        "loss_plus", GradientScale.LossAndLength
    ]

    List.collect (mgdaScaled case) scales @ frankWolfe case

let private caGrad (case: SurgeryCase) = [
    for radius in [ 0.0; 0.4; 0.5; 0.9 ] do
        let at quantity = $"c{radius}/{quantity}"

        let combined scale =
            combineFirst (CaGrad.surgery { Radius = radius; Scale = scale }) case

        let direction = combined CaGradScale.One
        let gains = Gram.along case.Gram (coefficients direction)

        let check name direction =
            near 1e-6 case (at name) (numbers direction)

        check "direction" direction
        check "direction_over_1_plus_c" (combined CaGradScale.OnePlus)
        check "direction_over_1_plus_c2" (combined CaGradScale.OnePlusSquare)

        if not (case.Is(at "gw_vanishes")) then
            nearSquare 1e-8 case (at "worst_improvement") [| Array.min gains |]
]

/// Where the mean gradient is zero, equal weights change only by rounding, which twenty steps
/// amplify: not compared.
let private isStationary (case: SurgeryCase) =
    Gram.squared case.Gram (Simplex.middle case.Tasks)
    <= 1e-24 * Gram.largest case.Gram
    && case.Longest > 0.0

let private sdmGrad (case: SurgeryCase) =
    let sample name = rows case case.Tasks (case.Read name)
    let samples = Some(sample "G1", sample "G2")

    let replay (name, pull, samples) =
        let surgery = SdmGrad.surgery { SdmGrad.standard with Lambda = pull }
        let case = { case with Gradients.Samples = samples }
        let combined = combineFirst surgery case

        [
            alike 1e-8 case $"{name}/weights" (SurgeryState.perTask "weights" combined.State)
            near 1e-8 case $"{name}/direction" (numbers combined)
        ]

    [
        "lambda0.3", 0.3, samples
        "lambda0.6", 0.6, samples
        if not (isStationary case) then
            "deterministic", 0.3, None
    ]
    |> List.collect replay

let kinds: (string * (SurgeryCase -> Check list)) list = [
    "mgda", mgda
    "cagrad", caGrad
    "sdmgrad", sdmGrad
]
