/// Replays of methods that solve a system of equations for the coefficients.
module internal MtrlFunctional.Verification.SurgerySystems

open MtrlFunctional.Surgery
open MtrlFunctional.Verification.SurgeryCase

/// Where the recorded method has no solution, it must be detected, and the result must be finite.
let private unsolvable (case: SurgeryCase) (combined: Combined) = [
    holds case "no solution is noticed" combined.Diagnostics.Fallback.IsSome
    holds case "the direction is finite" (numbers combined |> Array.forall System.Double.IsFinite)
]

let private nash (case: SurgeryCase) =
    let combine normalise length =
        combineFirst (NashMtl.surgery { Normalise = normalise; MaxLength = length }) case

    let plain, normalised = combine false None, combine true None

    if case.Is "solvable" then
        let alpha = coefficients plain
        let gains = Gram.along case.Gram alpha
        // Gains grow as norms shrink; directions have norm about √tasks.
        let case = { case with Longest = max case.Longest (sqrt (float case.Tasks)) }

        [
            case.Part.Check (Relative 1e-8) "alpha" alpha
            case.Part.Check (Absolute 1e-8) "residual" [|
                Array.map2 (fun a g -> abs (a * g - 1.0)) alpha gains |> Array.max
            |]
            near 1e-8 case "direction" (numbers plain)
            coefficients normalised
            |> case.Part.Check (Relative 1e-8) "alpha_frobenius_normalised"
            let scale = sqrt (float case.Tasks * case.Longest)
            let longer = { case with Longest = case.Longest * scale }
            near 1e-8 longer "direction_normalised" (numbers normalised)
            near 1e-8 case "direction_normalised_clipped1" (numbers (combine true (Some 1.0)))
        ]
    else
        // A zero gradient is excluded; the others may have a solution.
        let withoutZeros =
            Gram.lengths case.Gram |> Array.exists (fun length -> length = 0.0)
            && Array.exists (fun x -> x <> 0.0) case.Gram.Products

        if withoutZeros then
            unsolvable case plain |> List.skip 1
        else
            unsolvable case plain

let private imtl (case: SurgeryCase) =
    let asWritten = { Imtl.standard with Safe = false }
    let combined = combineFirst (Imtl.surgery asWritten) case
    let scales = case.Read "l_scale"
    let losses = case.Gradients.Losses

    [
        if case.Is "solvable" then
            let alpha = coefficients combined
            let gains = Gram.along case.Gram alpha
            alike exact case "alpha" alpha
            near exact case "direction" (numbers combined)
            near exact case "projections" (Array.map2 (/) gains (Gram.lengths case.Gram))
        else
            yield! unsolvable case combined |> List.skip 1
        alike exact case "l_scale_gradient" (Imtl.scaleGradient scales losses)
        alike exact case "l_loss" [| total (fun s loss -> exp s * loss - s) scales losses |]
    ]

let private alignedTo (case: SurgeryCase) (eigen: SymmetricEigen) = [
    let combine scale preference =
        combineFirst (AlignedMtl.surgery { Scale = scale; Preference = preference }) case

    let recorded = case.Read "eigenvalues"

    // The absolute error of eigenvalues is relative to the largest: small ones, and quotients by
    // them, are less precise.
    let condition = recorded[0] / Array.last recorded

    nearSquare exact case "eigenvalues" (Array.truncate recorded.Length eigen.Values)

    for name, scale in
        [
            "min", AlignedScale.Smallest
            "median", AlignedScale.Median
            "rmse", AlignedScale.RootMeanSquare
        ] do
        let combined = combine scale None
        alike (max exact (1e-15 * condition)) case $"{name}/alpha" (coefficients combined)
        near exact case $"{name}/direction" (numbers combined)

    let preferred = combine AlignedScale.Smallest (Some(case.Read "preference"))
    near exact case "preferred_direction" (numbers preferred)
]

let private aligned (case: SurgeryCase) = [
    let eigen = SymmetricEigen.ofGram case.Gram
    case.Part.Check Recorded.exact "rank" [| float (AlignedMtl.rank case.Gram eigen) |]

    // With all gradients zero there is nothing more to compare.
    if case.Read "rank" <> [| 0.0 |] then
        yield! alignedTo case eigen
]

let kinds: (string * (SurgeryCase -> Check list)) list = [
    "nash_mtl", nash
    "imtl", imtl
    "aligned_mtl", aligned
]
