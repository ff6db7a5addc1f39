namespace MtrlFunctional.Verification

open System.IO
open System.Text.Json
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Storage
open MtrlFunctional.Tensors

/// A recorded case of gradient surgery: inputs (from `cases.safetensors` in the same folder) and
/// tolerances of the results.
type internal SurgeryCase = {
    Name: string
    /// The method's recorded results.
    File: SafetensorsFile
    Gradients: TaskGradients
    /// Initial losses, for training rates.
    FirstLosses: float[]
    Gram: Gram
    /// Largest gradient norm: errors of directions are relative to it.
    Longest: float
} with

    member this.Tasks = this.Gram.Size

    /// A recorded result by its name within the case.
    member this.Read quantity =
        this.File.ReadDoubles $"{this.Name}/{quantity}"

    member this.ReadLongs quantity =
        this.File.ReadLongs $"{this.Name}/{quantity}"

    /// A recorded flag.
    member this.Is quantity =
        this.File.Raw($"{this.Name}/{quantity}")[0] = 1uy

    /// Input of a method.
    member this.Problem: Problem = {
        Tasks = Array.init this.Tasks id
        Gram = this.Gram
        Losses = this.Gradients.Losses
        Lengths = Gram.lengths this.Gram
        Sampled = None
        Key = Key.ofSeed 0L
    }

module internal SurgeryCase =
    /// Tolerance of directions in double precision.
    let exact = 1e-9

    let private rowsAt place tasks (values: float[]) =
        TensorOptions.fromDoubles place values [|
            int64 tasks
            int64 (values.Length / max 1 tasks)
        |]

    /// A tensor of [tasks; …] numbers, where the gradients of a case are.
    let rows (case: SurgeryCase) tasks values =
        rowsAt (TensorOptions.ofTensor case.Gradients.Rows) tasks values

    let private load device (file: SafetensorsFile) (cases: SafetensorsFile) name =
        let losses = cases.ReadDoubles $"{name}/losses"
        let place = { ScalarType = ScalarType.Float64; Device = device }
        let rows = rowsAt place losses.Length (cases.ReadDoubles $"{name}/G")
        let gram = Gram.ofRows rows

        {
            Name = name
            File = file
            Gradients = TaskGradients.create rows losses
            FirstLosses = cases.ReadDoubles $"{name}/losses0"
            Gram = gram
            Longest = sqrt (Gram.largest gram)
        }

    /// The checks of all cases of a file, with gradients on a device.
    let verify (checks: SurgeryCase -> Check list) device (file: SafetensorsFile) : Check list =
        let inputs = Path.Combine(file.Path, "..", "cases.safetensors") |> Path.GetFullPath
        use cases = SafetensorsFile.Open inputs

        [
            use names = JsonDocument.Parse file.Metadata["cases"]

            for name in names.RootElement.EnumerateArray() do
                use _ = TorchSharp.torch.NewDisposeScope()
                yield! load device file cases (name.ToString()) |> checks
        ]

    /// A vector with the scale of a gradient, or a norm.
    let near tolerance (case: SurgeryCase) quantity computed =
        Check.absolute
            case.File.Path
            (tolerance * case.Longest)
            $"{case.Name}/{quantity}"
            (case.Read quantity)
            computed

    /// A number with the scale of a squared norm.
    let nearSquare tolerance (case: SurgeryCase) quantity computed =
        let check = near tolerance case quantity [| computed |]
        let tolerance = tolerance * case.Longest * case.Longest
        { check with Tolerance = tolerance; Passed = check.MaxAbsolute <= tolerance }

    /// Weights, logits, losses: relative to 1 + |x|.
    let alike tolerance (case: SurgeryCase) quantity computed =
        Check.scaled
            case.File.Path
            tolerance
            $"{case.Name}/{quantity}"
            (case.Read quantity)
            computed

    /// A flag that must be set.
    let holds (case: SurgeryCase) quantity isTrue =
        Check.absolute case.File.Path 0.0 $"{case.Name}/{quantity}" [| 1.0 |] [|
            if isTrue then 1.0 else 0.0
        |]

    /// Result of a method on the gradients of a case.
    let combine surgery (case: SurgeryCase) state =
        Surgery.combine surgery case.Gradients (Key.ofSeed 0L) state

    /// The same, from the initial state.
    let combineFirst (surgery: Surgery) (case: SurgeryCase) =
        combine surgery case (surgery.Start case.Tasks)

    let numbers (combined: Combined) = Tensor.toDoubles combined.Direction

    /// Σ coefficient · gradient.
    let weigh (case: SurgeryCase) (coefficients: float[]) =
        Tensor.toDoubles (Tensor.matMul (rows case 1 coefficients) case.Gradients.Rows)

    let total f (xs: float[]) (ys: float[]) =
        Array.fold2 (fun sum x y -> sum + f x y) 0.0 xs ys
