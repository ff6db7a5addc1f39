/// Replays of methods that choose a point in the convex hull of the gradients.
module internal MtrlFunctional.Verification.SurgeryHulls

open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Verification.SurgeryCase

/// Optimality gap of the weights: 0 where no task's gain is below the norm of the combination.
let private gap gram alpha =
    Gram.squared gram alpha - Array.min (Gram.along gram alpha)

let private mgdaScaled (case: SurgeryCase) (name, scale) = [
    let config = { Mgda.standard with Scale = scale; SkipZeroGradients = false }

    let problem: Problem = {
        Tasks = Array.init case.Tasks id
        Gram = case.Gram
        Losses = case.Losses
        Lengths = case.Lengths
        Key = Key.ofSeed 0L
    }

    let scales = Mgda.scales scale problem
    let scaled = Gram.scale (scales |> Array.map (fun s -> 1.0 / s)) case.Gram
    let raw = combineFirst (Mgda.surgery config) case
    let alpha = coefficients raw
    let vector = Array.map2 (/) alpha scales |> expand case case.Gradients 1
    // Norm of the divided gradients.
    let longest = sqrt (Gram.largest scaled)
    let whole = { case.Inner $"{name}/" with Longest = max longest case.Longest }

    yield!
        { whole with Longest = longest }.All exact [
            Number "scale", scales
            Square "norm2", [| Gram.squared scaled alpha |]
            Square "kkt_gap", [| gap scaled alpha |]
            Length "min_norm_vector", vector
        ]

    if whole.Is "alpha_unique" then
        yield! whole.All exact [ Number "alpha", alpha; Length "combined_raw", numbers raw ]
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

let private frankWolfe (case: SurgeryCase) = [
    let case = case.Inner "frank_wolfe/"
    let steps = steps 1000 case.Gram

    // Iterates agree until vertices tie up to rounding; steps of length 0 are ignored.
    let together =
        steps
        |> List.takeWhile (fun (_, keep, isTie) -> not isTie || keep > 1.0 - 1e-9)
        |> List.length

    let chosen =
        steps |> List.truncate 20 |> List.takeWhile (fun (_, _, isTie) -> not isTie)

    let first tolerance name values =
        let recorded = case.Read name |> Array.truncate chosen.Length
        case.Part.Against tolerance name recorded values

    let counts = [
        for name in case.Part.Names do
            if name.StartsWith "norm2_iters" then
                int (name.Substring "norm2_iters".Length)
    ]

    for count in counts do
        let alpha = MinNorm.frankWolfe count case.Gram

        yield!
            case.All exact [
                Square $"norm2_iters{count}", [| Gram.squared case.Gram alpha |]
                if count <= together then
                    Number $"alpha_iters{count}", alpha
            ]

    if not chosen.IsEmpty then
        first (Scaled exact) "keep" [| for _, keep, _ in chosen -> keep |]
        first Recorded.exact "vertex" [| for vertex, _, _ in chosen -> float vertex |]
]

let private mgda (case: SurgeryCase) =
    List.collect (mgdaScaled case) [
        "none", GradientScale.None
        "l2", GradientScale.Length
        "loss", GradientScale.Loss
        "loss_plus", GradientScale.LossAndLength
    ]
    @ frankWolfe case

let private caGrad (case: SurgeryCase) = [
    for radius, case in case.Each "c" do
        let combined scale =
            combineFirst (CaGrad.surgery { Radius = radius; Scale = scale }) case

        let direction = combined CaGradScale.One

        yield!
            case.All 1e-6 [
                Length "direction", numbers direction
                Length "direction_over_1_plus_c", numbers (combined CaGradScale.OnePlus)
                Length "direction_over_1_plus_c2", numbers (combined CaGradScale.OnePlusSquare)
            ]

        if not (case.Is "gw_vanishes") then
            let worst = Array.min (Gram.along case.Gram (coefficients direction))
            yield! case.All 1e-8 [ Square "worst_improvement", [| worst |] ]
]

/// Where the mean gradient is zero, equal weights change only by rounding, which twenty steps
/// amplify: not compared.
let private isStationary (case: SurgeryCase) =
    Gram.squared case.Gram (Simplex.middle case.Tasks)
    <= 1e-24 * Gram.largest case.Gram
    && case.Longest > 0.0

let private sdmGrad (case: SurgeryCase) = [
    let config pull = { SdmGrad.standard with Lambda = pull; Rate = 5.0 }
    let sample name = rows case case.Tasks (case.Read name)
    let products = Gram.products (sample "G1") (sample "G2")

    for pull, each in case.Each "lambda" do
        let weights = SdmGrad.weights (config pull) products (Simplex.middle case.Tasks)

        let direction =
            SdmGrad.coefficients (config pull) weights |> expand case case.Gradients 1

        yield! each.All 1e-8 [ Number "weights", weights; Length "direction", direction ]

    if not (isStationary case) then
        let combined = combineFirst (SdmGrad.surgery (config 0.3)) case

        yield!
            (case.Inner "deterministic/").All 1e-8 [
                Number "weights", SurgeryState.perTask "weights" combined.State
                Length "direction", numbers combined
            ]
]

let kinds: SurgeryMethods = [ "mgda", mgda; "cagrad", caGrad; "sdmgrad", sdmGrad ]
