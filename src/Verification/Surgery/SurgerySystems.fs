/// Replays of methods that solve a system of equations for the coefficients.
module internal MtrlFunctional.Verification.SurgerySystems

open MtrlFunctional.Surgery
open MtrlFunctional.Verification.SurgeryCase

/// A flag that must be set.
let private holds (case: SurgeryCase) quantity isTrue =
    case.Part.AreEqual quantity 1.0 (Recorded.flag isTrue)

/// Of results that the recorded method does not have.
let private isFinite case (combined: Combined) =
    numbers combined
    |> Array.forall System.Double.IsFinite
    |> holds case "the direction is finite"

let private nash (case: SurgeryCase) =
    let combine normalise length =
        combineFirst (NashMtl.surgery { Normalise = normalise; MaxLength = length }) case

    let plain, normalised = combine false None, combine true None

    if case.Is "solvable" then
        let alpha = coefficients plain
        let gains = Gram.along case.Gram alpha
        let residuals = Array.map2 (fun a g -> abs (a * g - 1.0)) alpha gains
        // Gains grow as norms shrink; directions have norm about √tasks.
        let case = { case with Longest = max case.Longest (sqrt (float case.Tasks)) }
        let scale = sqrt (float case.Tasks * case.Longest)

        case.Part.All (Relative 1e-8) [
            "alpha", alpha
            "alpha_frobenius_normalised", coefficients normalised
        ]
        @ case.Part.All (Absolute 1e-8) [ "residual", [| Array.max residuals |] ]
        @ case.All 1e-8 [
            Length "direction", numbers plain
            Length "direction_normalised_clipped1", numbers (combine true (Some 1.0))
        ]
        @ case.All (1e-8 * scale) [ Length "direction_normalised", numbers normalised ]
    else
        // A zero gradient is excluded; the others may have a solution.
        let withoutZeros =
            case.Lengths |> Array.exists (fun length -> length = 0.0)
            && Array.exists (fun x -> x <> 0.0) case.Gram.Products

        [
            if not withoutZeros then
                holds case "no solution is noticed" plain.Diagnostics.Fallback.IsSome
            isFinite case plain
        ]

let private imtl (case: SurgeryCase) = [
    let combined = combineFirst (Imtl.surgery { Imtl.standard with Safe = false }) case
    let alpha, scales = coefficients combined, case.Read "l_scale"
    let isSolvable = case.Is "solvable"

    if not isSolvable then
        isFinite case combined

    yield!
        case.All exact [
            if isSolvable then
                Number "alpha", alpha
                Length "direction", numbers combined
                Length "projections", Array.map2 (/) (Gram.along case.Gram alpha) case.Lengths
            Number "l_scale_gradient", Imtl.scaleGradient scales case.Losses
            Number "l_loss", [| total (fun s loss -> exp s * loss - s) scales case.Losses |]
        ]
]

let private alignedTo (case: SurgeryCase) (eigen: SymmetricEigen) = [
    let recorded = case.Read "eigenvalues"

    // The absolute error of eigenvalues is relative to the largest: small ones, and quotients by
    // them, are less precise.
    let condition = recorded[0] / Array.last recorded
    let values = Array.truncate recorded.Length eigen.Values

    let preferred =
        case.Read "preference"
        |> AlignedMtl.coefficients AlignedScale.Smallest case.Gram
        |> expand case case.Gradients 1

    yield! case.All exact [ Square "eigenvalues", values; Length "preferred_direction", preferred ]

    for name, scale in
        [
            "min", AlignedScale.Smallest
            "median", AlignedScale.Median
            "rmse", AlignedScale.RootMeanSquare
        ] do
        let combined = combineFirst (AlignedMtl.surgery { Scale = scale }) case
        let case = case.Inner $"{name}/"
        yield! case.All (max exact (1e-15 * condition)) [ Number "alpha", coefficients combined ]
        yield! case.All exact [ Length "direction", numbers combined ]
]

let private aligned (case: SurgeryCase) = [
    let eigen = SymmetricEigen.ofGram case.Gram
    case.Part.Check Recorded.exact "rank" [| float (AlignedMtl.rank case.Gram eigen) |]

    // With all gradients zero there is nothing more to compare.
    if case.Read "rank" <> [| 0.0 |] then
        yield! alignedTo case eigen
]

let kinds: SurgeryMethods = [ "nash_mtl", nash; "imtl", imtl; "aligned_mtl", aligned ]
