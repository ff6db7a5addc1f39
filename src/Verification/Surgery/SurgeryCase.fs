namespace MtrlFunctional.Verification

open System.IO
open MtrlFunctional.Randomness
open MtrlFunctional.Storage
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// A recorded case of gradient surgery: inputs (from `cases.safetensors` in the same folder) and results.
type internal SurgeryCase = {
    /// The method's recorded results.
    Part: Quantities
    Gradients: TaskGradients
    /// Initial losses, for training rates.
    FirstLosses: float[]
    Gram: Gram
    /// Largest gradient norm: errors of directions are relative to it.
    Longest: float
} with

    member this.Tasks = this.Gram.Size
    member this.Losses = this.Gradients.Losses
    member this.Read quantity = this.Part.Numbers quantity
    member this.Is quantity = (this.Read quantity)[0] = 1.0

    /// Input of a method.
    member this.Problem: Problem = {
        Tasks = Array.init this.Tasks id
        Gram = this.Gram
        Losses = this.Losses
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

    /// The checks of all cases of a file, with gradients on a device.
    let private verify device (checks: SurgeryCase -> Check list) (file: Quantities) : Check list = [
        use inputs =
            Path.Combine(file.Path, "..", "cases.safetensors")
            |> Path.GetFullPath
            |> SafetensorsFile.Open

        for name in (file.Json "cases").EnumerateArray() do
            use _ = TorchSharp.torch.NewDisposeScope()
            let input = Quantities(inputs, $"{name}/")
            let losses = input.Numbers "losses"
            let place = { ScalarType = ScalarType.Float64; Device = device }
            let rows = rowsAt place losses.Length (input.Numbers "G")
            let gram = Gram.ofRows rows

            yield!
                checks {
                    Part = file.Inner $"{name}/"
                    Gradients = TaskGradients.create rows losses
                    FirstLosses = input.Numbers "losses0"
                    Gram = gram
                    Longest = sqrt (Gram.largest gram)
                }
    ]

    /// Golden kinds by the name of a method.
    let kindsOf device methods : Kinds = [
        for name, checks in methods -> $"surgery/{name}", verify device checks
    ]

    /// A vector with the scale of a gradient, or a norm.
    let near tolerance (case: SurgeryCase) =
        case.Part.Check(Absolute(tolerance * case.Longest))

    /// Numbers with the scale of a squared norm.
    let nearSquare tolerance (case: SurgeryCase) =
        case.Part.Check(Absolute(tolerance * case.Longest * case.Longest))

    /// Weights, logits, losses.
    let alike tolerance (case: SurgeryCase) = case.Part.Check(Scaled tolerance)

    /// A flag that must be set.
    let holds (case: SurgeryCase) quantity isTrue =
        case.Part.AreEqual quantity 1.0 (Recorded.flag isTrue)

    /// Result of a method on the gradients of a case.
    let combine surgery (case: SurgeryCase) state =
        Surgery.combine surgery case.Gradients (Key.ofSeed 0L) state

    /// The same, from the initial state.
    let combineFirst (surgery: Surgery) (case: SurgeryCase) =
        combine surgery case (surgery.Start case.Tasks)

    let numbers (combined: Combined) = Tensor.toDoubles combined.Direction

    let coefficients (combined: Combined) = combined.Diagnostics.Coefficients

    /// Rows of coefficients as rows of parameters.
    let expand (case: SurgeryCase) (gradients: TaskGradients) count (coefficients: float[]) =
        Tensor.toDoubles (Tensor.matMul (rows case count coefficients) gradients.Rows)

    let total f (xs: float[]) (ys: float[]) =
        Array.fold2 (fun sum x y -> sum + f x y) 0.0 xs ys
