/// Recorded trust-region steps on a problem of five dimensions: accepted, rejected, and with NaN.
///
/// With d = x − x₀ the constraint is scale · ½ dᵀ M d. Losses: see `lossOf`.
module internal MtrlFunctional.Verification.TrustRegionCases

open System.Text.Json
open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors
open MtrlFunctional.Storage

/// Tolerance of points, losses and constraints.
let private tolerance = 1e-10

let private dot (x: float[]) (y: float[]) =
    Array.fold2 (fun s a b -> s + a * b) 0.0 x y

let private times (m: float[]) (x: float[]) =
    Array.init x.Length (fun i -> dot (Array.sub m (i * x.Length) x.Length) x)

/// A number of a case, or its default.
let private number (case: JsonElement) (name: string) (otherwise: float) =
    match case.TryGetProperty name with
    | true, value -> value.GetDouble()
    | _ -> otherwise

let private isTrue (case: JsonElement) (name: string) =
    match case.TryGetProperty name with
    | true, value -> value.GetBoolean()
    | _ -> false

let private lossOf (file: SafetensorsFile) (start: float[]) (x: float[]) kind =
    let c, q = file.ReadDoubles "line/c", file.ReadDoubles "line/Q"
    let d = Array.map2 (-) x start
    let bent k = dot c d + k * dot d (times q d)

    match kind with
    | "linear" -> Some(dot c x)
    | "quadratic" -> Some(bent 0.5)
    | "medium" -> Some(bent 1.5)
    | "stiff" -> Some(bent 200.0)
    | "zero" -> Some 0.0
    | "nan" -> Some(if x = start then dot c x else nan)
    | "uphill" -> Some(dot c start - dot c d)
    | _ -> None

let private rule (case: JsonElement) : TrustRegion =
    let garage = OnPolicyDefaults.trustRegion
    let number name otherwise = number case name otherwise

    {
        garage with
            MaxKl = number "max_constraint_value" garage.MaxKl
            Iterations = int (number "cg_iters" (float garage.Iterations))
            Damping = number "hvp_reg_coeff" garage.Damping
            Tries = int (number "max_backtracks" (float garage.Tries))
            Shrink = number "backtrack_ratio" garage.Shrink
            AcceptsViolation = isTrue case "accept_violation"
    }

let private text (case: JsonElement) (name: string) =
    case.GetProperty(name).GetString() |> string

let private verifyCase (file: SafetensorsFile) (case: JsonElement) =
    let key, kind, rule = text case "key", text case "loss", rule case
    let scale = number case "constraint_scale" 1.0
    let m, start = file.ReadDoubles "line/M", file.ReadDoubles "line/x0"

    let vector (numbers: float[]) =
        Tensor.ofDoubles [| int64 numbers.Length |] numbers

    let product (v: Tensor) =
        let v = Tensor.toDoubles v
        Array.map2 (fun h x -> scale * h + rule.Damping * x) (times m v) v |> vector

    let points = ResizeArray()

    let measure (point: Tensor) : TrustRegions.Trial =
        let x = Tensor.toDoubles point
        points.Add x
        let d = Array.map2 (-) x start

        {
            Loss = lossOf file start x kind |> Option.defaultValue infinity
            Divergence = scale * 0.5 * dot d (times m d)
        }

    let gradient = file.ReadDoubles $"{key}/gradient"

    let before = (measure (vector start)).Loss

    let outcome =
        TrustRegions.step rule product measure before (vector start) (vector gradient)

    let compare name computed =
        Check.relative
            file.Path
            tolerance
            $"{key}/{name}"
            (file.ReadDoubles $"{key}/{name}")
            computed

    let trials pick =
        outcome.Trials |> List.map pick |> List.toArray

    let recorded = (case.GetProperty "outcome").[0].GetString() = "accepted"

    if lossOf file start start kind |> Option.isNone then
        [ Check.impossible file.Path $"{key}: loss '{kind}' is not known" ]
    else
        [
            compare "losses" [| outcome.LossBefore; yield! trials _.Loss |]
            compare "constraints" (trials _.Divergence)
            compare "points" (Seq.toArray points |> Array.concat)
            compare "x_after" (Tensor.toDoubles outcome.Point)
            Check.absolute file.Path 0.0 $"{key}/accepted" [| if recorded then 1.0 else 0.0 |] [|
                if outcome.Accepted then 1.0 else 0.0
            |]
        ]

/// All recorded steps of a file.
let verify (file: SafetensorsFile) : Check list = [
    for case in (OnPolicyGolden.json file "line_cases").EnumerateArray() do
        yield! verifyCase file case
]
