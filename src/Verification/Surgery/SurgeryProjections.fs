/// Replays of methods that resolve conflicts by pairs of tasks or by parameter, and of plain sums.
module internal MtrlFunctional.Verification.SurgeryProjections

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.SurgeryCase

let private plain (case: SurgeryCase) =
    let join reduction =
        numbers (combineFirst (Surgery.Plain reduction) case)

    case.NearSquare exact [ "gram", case.Gram.Products ]
    @ case.Near exact [ "sum", join Reduction.Sum; "mean", join Reduction.Mean ]

/// The recorded projection order of each task.
let private order (case: SurgeryCase) quantity =
    let flat, others = case.Part.Ints quantity, case.Tasks - 1
    Array.init case.Tasks (fun i -> Array.sub flat (i * others) others)

let private pcGrad (case: SurgeryCase) =
    let projected = PcGrad.project Projection.Exact case.Gram (order case "order")
    let expand = expand case case.Gradients

    let join reduction =
        expand 1 (Solution.join reduction case.Tasks projected.Coefficients)

    case.NearSquare exact [ "dots", projected.Dots ]
    @ case.Near exact [
        "projected", expand case.Tasks projected.Coefficients
        "sum", join Reduction.Sum
        "mean", join Reduction.Mean
    ]

/// Two calls with targets carried over; the second has other gradients.
let private gradVac (case: SurgeryCase) = [
    for rate in [ 0.5; 0.01 ] do
        let case = case.Inner $"beta{rate}/"
        let second = { case.Gradients with Rows = rows case case.Tasks (case.Read "G2") }
        let start = Array.zeroCreate (case.Tasks * case.Tasks)
        let first = GradVac.correct rate case.Gram (order case "order1") start
        let gram = Gram.ofRows second.Rows
        let next = GradVac.correct rate gram (order case "order2") first.Targets

        for turn, gradients, outcome in [ "1", case.Gradients, first; "2", second, next ] do
            let joined = Solution.join Reduction.Sum case.Tasks outcome.Rows
            yield! case.Alike 1e-8 [ $"rho{turn}", outcome.Targets ]

            yield!
                case.Near 1e-8 [
                    $"result{turn}", expand case gradients 1 joined
                    if case.Part.Has $"rows{turn}" then
                        $"rows{turn}", expand case gradients case.Tasks outcome.Rows
                ]
]

/// Mask of entries kept at this probability of the positive sign.
let private mask (rows: float[]) (positive: float[]) (uniforms: float[]) =
    rows
    |> Array.mapi (fun at g ->
        let p, uniform = positive[at % positive.Length], uniforms[at % positive.Length]
        Recorded.flag (g > 0.0 && p > uniform || g < 0.0 && p < uniform))

let private gradDrop (case: SurgeryCase) =
    let gradients = case.Gradients.Rows
    let drawn = case.Read "uniforms"
    let uniforms = Tensor.reshape [| -1L |] (rows case 1 drawn)
    let positive = Tensor.toDoubles (GradDrop.positive gradients)
    let mask = mask (Tensor.toDoubles gradients) positive drawn

    case.Alike exact [ "positive_probability", positive ]
    @ case.Part.All Recorded.exact [ "mask", mask ]
    @ case.Near exact [
        for leak in [ 0.0; 0.2 ] ->
            $"leak{leak}/direction",
            Tensor.toDoubles (GradDrop.direct { Leak = leak } gradients uniforms)
    ]

let kinds: (string * (SurgeryCase -> Check list)) list = [
    "cases", plain
    "pcgrad", pcGrad
    "gradvac", gradVac
    "graddrop", gradDrop
]
