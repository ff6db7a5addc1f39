/// Replays of methods that resolve conflicts by pairs of tasks or by parameter, and of plain sums.
module internal MtrlFunctional.Verification.SurgeryProjections

open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.SurgeryCase

let private plain (case: SurgeryCase) = [
    nearSquare exact case "gram" case.Gram.Products
    for name, reduction in [ "sum", Reduction.Sum; "mean", Reduction.Mean ] do
        near exact case name (combineFirst (Surgery.Plain reduction) case |> numbers)
]

/// The recorded projection order of each task.
let private order (case: SurgeryCase) quantity =
    let flat, others = case.Part.Ints quantity, case.Tasks - 1
    Array.init case.Tasks (fun i -> Array.sub flat (i * others) others)

let private pcGrad (case: SurgeryCase) =
    let projected = PcGrad.project Projection.Exact case.Gram (order case "order")

    let join reduction =
        Solution.join reduction case.Tasks projected.Coefficients
        |> expand case case.Gradients 1

    [
        nearSquare exact case "dots" projected.Dots
        near exact case "projected" (expand case case.Gradients case.Tasks projected.Coefficients)
        near exact case "sum" (join Reduction.Sum)
        near exact case "mean" (join Reduction.Mean)
    ]

/// Two calls with targets carried over; the second has other gradients.
let private gradVac (case: SurgeryCase) = [
    for rate in [ 0.5; 0.01 ] do
        let at quantity = $"beta{rate}/{quantity}"
        let second = { case.Gradients with Rows = rows case case.Tasks (case.Read(at "G2")) }

        let start = Array.zeroCreate (case.Tasks * case.Tasks)
        let first = GradVac.correct rate case.Gram (order case (at "order1")) start
        let gram = Gram.ofRows second.Rows
        let next = GradVac.correct rate gram (order case (at "order2")) first.Targets

        for turn, gradients, outcome in [ "1", case.Gradients, first; "2", second, next ] do
            let joined = Solution.join Reduction.Sum case.Tasks outcome.Rows
            alike 1e-8 case (at $"rho{turn}") outcome.Targets
            near 1e-8 case (at $"result{turn}") (expand case gradients 1 joined)

            if case.Part.Has(at $"rows{turn}") then
                expand case gradients case.Tasks outcome.Rows
                |> near 1e-8 case (at $"rows{turn}")
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

    [
        alike exact case "positive_probability" positive
        mask (Tensor.toDoubles gradients) positive drawn
        |> case.Part.Check Recorded.exact "mask"
        for leak in [ 0.0; 0.2 ] do
            Tensor.toDoubles (GradDrop.direct { Leak = leak } gradients uniforms)
            |> near exact case $"leak{leak}/direction"
    ]

let kinds: (string * (SurgeryCase -> Check list)) list = [
    "cases", plain
    "pcgrad", pcGrad
    "gradvac", gradVac
    "graddrop", gradDrop
]
