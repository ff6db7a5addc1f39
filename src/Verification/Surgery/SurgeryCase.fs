namespace MtrlFunctional.Verification

open System
open System.Globalization
open System.IO
open MtrlFunctional.Randomness
open MtrlFunctional.Storage
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// A quantity of gradient surgery by its name, and what its error is relative to.
type internal Compared =
    /// Vectors of the scale of a gradient, and norms: the longest gradient.
    | Length of string
    /// Numbers of the scale of a squared norm.
    | Square of string
    /// Weights, logits and losses: 1 + the number.
    | Number of string

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

    member case.Tasks = case.Gram.Size
    member case.Losses = case.Gradients.Losses
    member case.Lengths = Gram.lengths case.Gram
    member case.Read quantity = case.Part.Numbers quantity
    member case.Is quantity = (case.Read quantity)[0] = 1.0

    /// The results with one of the method's settings.
    member case.Inner name = { case with Part = case.Part.Inner name }

    /// The recorded values of one of the method's settings ("c0.4/…" of "c"), each with its results.
    member case.Each(setting: string) = [
        let folders = [ for name in case.Part.Names -> (name.Split '/')[0] ]

        for folder in List.distinct folders do
            if folder.StartsWith setting then
                let value = folder.Substring setting.Length
                let isNumber, number = Double.TryParse(value, CultureInfo.InvariantCulture)

                if isNumber then
                    number, case.Inner $"{folder}/"
    ]

    /// A check of each quantity.
    member case.All tolerance quantities = [
        for quantity, computed in quantities do
            match quantity with
            | Length name -> case.Part.Check (Absolute(tolerance * case.Longest)) name computed
            | Square name ->
                case.Part.Check (Absolute(tolerance * case.Longest ** 2.0)) name computed
            | Number name -> case.Part.Check (Scaled tolerance) name computed
    ]

/// The checks of the cases of methods, by the names of the methods.
type internal SurgeryMethods = (string * (SurgeryCase -> Check list)) list

module internal SurgeryCase =
    /// Tolerance of directions in double precision.
    let exact = 1e-9

    let private rowsAt options tasks (values: float[]) =
        TensorOptions.fromDoubles options values [|
            int64 tasks
            int64 (values.Length / max 1 tasks)
        |]

    /// A tensor of [tasks; …] numbers, where the gradients of a case are.
    let rows (case: SurgeryCase) tasks values =
        rowsAt (TensorOptions.ofTensor case.Gradients.Rows) tasks values

    /// The checks of all cases of a file.
    let private verify (checks: SurgeryCase -> Check list) (file: Quantities) : Check list = [
        use inputs =
            Path.Combine(file.Path, "..", "cases.safetensors")
            |> Path.GetFullPath
            |> SafetensorsFile.Open

        for name in (file.Json "cases").EnumerateArray() do
            use _ = TorchSharp.torch.NewDisposeScope()
            let input = Quantities(inputs, file.Device, $"{name}/")
            let losses = input.Numbers "losses"
            let options = { ScalarType = ScalarType.Float64; Device = file.Device }
            let rows = rowsAt options losses.Length (input.Numbers "G")
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
    let kindsOf (methods: SurgeryMethods) : Kinds = [
        for name, checks in methods -> $"surgery/{name}", verify checks
    ]

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

    let total (f: float -> float -> float) xs ys = Array.map2 f xs ys |> Array.sum
