namespace MtrlFunctional.Verification

open System
open System.Globalization
open System.Text.Json
open MtrlFunctional.Storage
open MtrlFunctional.Tensors

/// What the adapters read: the quantities of a golden file whose names begin with a prefix, and the texts of its
/// metadata. Updates and surgery are computed on the device.
type internal Quantities(file: SafetensorsFile, device: TorchSharp.torch.Device, at: string) =
    let unreadable key (found: string) =
        raise (SafetensorsException(file.Path, $"metadata '{key}' is not understood: {found}"))

    member _.Path = file.Path
    member _.Device = device
    member _.At = at
    member _.Inner name = Quantities(file, device, at + name)

    /// A tensor on the device.
    member _.Here(x: Tensor) = Tensor.toDevice device x

    /// The names behind the prefix.
    member _.Names = [
        for name in file.Names do
            if name.StartsWith(at, StringComparison.Ordinal) then
                name.Substring at.Length
    ]

    member _.Has name = file.Contains(at + name)

    /// Whether a name begins with the prefix and this.
    member _.Holds(start: string) =
        file.Names |> Seq.exists _.StartsWith(at + start)

    member _.Numbers name = file.ReadDoubles(at + name)

    /// All numbers of a tensor; their count must match the rest of the file.
    member part.Sized name (count: int64) =
        let found = part.Numbers name

        if found.LongLength <> count then
            raise (
                SafetensorsException(
                    file.Path,
                    $"tensor '{at}{name}' has {found.Length} numbers, {count} fit the rest of the file."
                )
            )

        found

    /// The bytes of a tensor.
    member _.Raw name = file.Raw(at + name)

    member part.Ints name = part.Numbers name |> Array.map int

    member _.Shape name = [| for size in (file.Tensor(at + name)).Shape -> int size |]

    /// By the last dimension.
    member part.Rows name =
        part.Numbers name |> Array.chunkBySize (Array.last (part.Shape name))

    /// The parts "ep0/", "ep1/", … in which a name is, as long as there is a next one.
    member part.Each (start: string) name =
        Seq.initInfinite (fun i -> part.Inner $"{start}{i}/")
        |> Seq.takeWhile (fun (each: Quantities) -> each.Holds name)
        |> List.ofSeq

    /// The comparison of a quantity of the part.
    member part.Check tolerance name computed =
        Check.compare file.Path tolerance (at + name) (part.Numbers name) computed

    /// The comparison of numbers that are not written as they are compared.
    member _.Against tolerance title recorded computed =
        Check.compare file.Path tolerance (at + title) recorded computed

    member part.AreEqual title (recorded: float) (computed: float) =
        part.Against (Absolute 0.0) title [| recorded |] [| computed |]

    member _.Impossible reason = Check.impossible file.Path reason

    /// A check of each quantity.
    member part.All tolerance quantities = [
        for name, computed in quantities do
            part.Check tolerance name computed
    ]

    /// A check of each name; one that is not computed is a failed check, whose reason ends with the given one.
    member part.Found tolerance reason (compute: string -> float[] option) names = [
        for name in names do
            match compute name with
            | Some computed -> part.Check tolerance name computed
            | None -> part.Impossible $"{at}{name}{reason}"
    ]

    /// A check of each quantity that is in the file.
    member part.Present tolerance (quantities: (string * Lazy<float[]>) list) = [
        for name, computed in quantities do
            if part.Has name then
                part.Check tolerance name computed.Value
    ]

    /// Quantities after each step, compared over all steps.
    member part.Series(steps: (string * Tolerance * float[]) list list) = [
        for quantity in List.transpose steps do
            let name, tolerance, _ = List.head quantity

            quantity
            |> List.map (fun (_, _, numbers) -> numbers)
            |> Array.concat
            |> part.Check tolerance name
    ]

    member _.TryText key =
        match file.Metadata.TryGetValue key with
        | true, text -> Some text
        | _ -> None

    /// A text of the metadata.
    member part.Text key =
        match part.TryText key with
        | Some text -> text
        | None -> raise (SafetensorsException(file.Path, $"has no metadata '{key}'."))

    /// The number that a text of the metadata, or of a case in it, says.
    member _.NumberOf key (found: string) =
        match Double.TryParse(found, NumberStyles.Float, CultureInfo.InvariantCulture) with
        | true, number -> number
        | _ -> unreadable key found

    /// The same of True and False.
    member _.FlagOf key found =
        match found with
        | "True" -> true
        | "False" -> false
        | _ -> unreadable key found

    member part.Number key = part.NumberOf key (part.Text key)

    member part.Json key =
        let found = part.Text key

        try
            JsonDocument.Parse(found).RootElement
        with :? JsonException ->
            unreadable key found

/// Kinds of golden files (prefixes of the metadata key `golden`) and their adapters.
type internal Kinds = (string * (Quantities -> Check list)) list

/// What several adapters need.
module internal Recorded =
    let exact, rounding = Absolute 0.0, Absolute 1e-12

    let flag condition = if condition then 1.0 else 0.0

    /// What an update measured, by name.
    let readings metrics =
        Map [
            for r in MtrlFunctional.Algorithms.Metrics.read metrics -> r.Metric, r.Number
        ]

    /// The numbers of a JSON value: of a list, or one.
    let numbers (value: JsonElement) =
        if value.ValueKind = JsonValueKind.Array then
            [| for number in value.EnumerateArray() -> number.GetDouble() |]
        else
            [| value.GetDouble() |]

    /// A list of whole numbers.
    let sizes (list: JsonElement) = numbers list |> Array.map int

    /// A matrix, row by row, of rows with this many numbers: its columns, one after the other.
    let transposed columns (matrix: float[]) =
        let rows = matrix.Length / columns
        Array.init matrix.Length (fun i -> matrix[i % rows * columns + i / rows])

    let property (name: string) (value: JsonElement) =
        match value.TryGetProperty name with
        | true, found -> Some found
        | _ -> None
