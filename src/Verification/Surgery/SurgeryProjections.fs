/// Replays of methods that resolve conflicts by pairs of tasks or by parameter, and of plain sums.
module internal MtrlFunctional.Verification.SurgeryProjections

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.SurgeryCase

let private plain (case: SurgeryCase) =
    let join reduction =
        numbers (combineFirst (Surgery.Plain reduction) case)

    case.All exact [
        Square "gram", case.Gram.Products
        Length "sum", join Reduction.Sum
        Length "mean", join Reduction.Mean
    ]

/// The recorded projection order of each task.
let private order (case: SurgeryCase) quantity =
    let flat, others = case.Part.Ints quantity, case.Tasks - 1
    Array.init case.Tasks (fun i -> Array.sub flat (i * others) others)

let private pcGrad (case: SurgeryCase) =
    let projected = PcGrad.project Projection.Exact case.Gram (order case "order")
    let expand = expand case case.Gradients

    let join reduction =
        expand 1 (Solution.join reduction case.Tasks projected.Coefficients)

    case.All exact [
        Square "dots", projected.Dots
        Length "projected", expand case.Tasks projected.Coefficients
        Length "sum", join Reduction.Sum
        Length "mean", join Reduction.Mean
    ]

/// Two calls with targets carried over; the second has other gradients.
let private gradVac (case: SurgeryCase) = [
    for rate, case in case.Each "beta" do
        let second = { case.Gradients with Rows = rows case case.Tasks (case.Read "G2") }
        let start = Array.zeroCreate (case.Tasks * case.Tasks)
        let first = GradVac.correct rate case.Gram (order case "order1") start
        let gram = Gram.ofRows second.Rows
        let next = GradVac.correct rate gram (order case "order2") first.Targets

        for turn, gradients, outcome in [ "1", case.Gradients, first; "2", second, next ] do
            let joined = Solution.join Reduction.Sum case.Tasks outcome.Rows

            yield!
                case.All 1e-8 [
                    Number $"rho{turn}", outcome.Targets
                    Length $"result{turn}", expand case gradients 1 joined
                    if case.Part.Has $"rows{turn}" then
                        Length $"rows{turn}", expand case gradients case.Tasks outcome.Rows
                ]
]

let private gradDrop (case: SurgeryCase) =
    let gradients, drawn = case.Gradients.Rows, case.Read "uniforms"
    let uniforms = Tensor.reshape [| -1L |] (rows case 1 drawn)
    let positive = Tensor.toDoubles (GradDrop.positive gradients)

    // Entries that are kept at this probability of the positive sign.
    let mask =
        Tensor.toDoubles gradients
        |> Array.mapi (fun at g ->
            let p, uniform = positive[at % positive.Length], drawn[at % positive.Length]
            Recorded.flag (g > 0.0 && p > uniform || g < 0.0 && p < uniform))

    case.Part.Check Recorded.exact "mask" mask
    :: case.All exact [ Number "positive_probability", positive ]
    @ [
        for leak, case in case.Each "leak" do
            let direction = GradDrop.direct { Leak = leak } gradients uniforms
            yield! case.All exact [ Length "direction", Tensor.toDoubles direction ]
    ]

let kinds: SurgeryMethods = [
    "cases", plain
    "pcgrad", pcGrad
    "gradvac", gradVac
    "graddrop", gradDrop
]
