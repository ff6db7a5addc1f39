/// Compares the compiled variants of a family with recorded ones, all arrays of the engine's model (JSON files
/// with a "family" and its "variants"): variant 1 with the plain model, the others with variant 1.
module internal MtrlFunctional.Verification.DmControlVariationFacts

open System.IO
open System.Text.Json
open MtrlFunctional.Environments
open MtrlFunctional.Physics
open MtrlFunctional.Tasks.DmControl

/// Relative to 1 + |x|.
let private rounding = 1e-12

let private rootOf path =
    use document = JsonDocument.Parse(File.ReadAllText path)
    document.RootElement.Clone()

/// Whether a file holds the variants of a family.
let isOne (path: string) =
    let root = rootOf path
    let has (name: string) = root.TryGetProperty(name) |> fst
    root.ValueKind = JsonValueKind.Object && has "family" && has "variants"

/// All arrays but the texels, whose colours are checked as colours of frames.
let private arrays = Model.Arrays |> Seq.filter ((<>) "tex_rgb") |> List.ofSeq

let private kinds = [
    "body_", ElementKind.Body
    "geom_", ElementKind.Geom
    "site_", ElementKind.Site
    "cam_", ElementKind.Camera
    "light_", ElementKind.Light
    "actuator_", ElementKind.Actuator
]

/// Row of a named element in an array, and the number of rows. Degrees of freedom are numbered.
let private rowOf (model: Model) (array: string) (name: string) =
    match kinds |> List.tryFind (fst >> array.StartsWith) with
    | Some(_, kind) -> model.Id(kind, name), model.Count kind
    | None -> int name, model.Velocities

let private numbers (value: JsonElement) =
    if value.ValueKind = JsonValueKind.Array then
        [| for number in value.EnumerateArray() -> number.GetDouble() |]
    else
        [| value.GetDouble() |]

/// A copy of an array or of a statistic; none has no numbers.
let private orNone (numbers: float[] | null) =
    match numbers with
    | null -> [||]
    | numbers -> numbers

let private read (model: Model) (array: string) = orNone (model.Numbers array)

/// An array of variant 1 with the recorded rows of another variant.
let private expected (first: Model) (changed: JsonElement) (array: string) =
    let whole = read first array

    match changed.TryGetProperty array with
    | true, rows ->
        for row in rows.EnumerateObject() do
            let at, count = rowOf first array row.Name
            (numbers row.Value).CopyTo(whole, at * (whole.Length / count))
    | _ -> ()

    whole

let private variant file (first: Model) (model: Model) (recorded: JsonProperty) = [
    let changed = recorded.Value.GetProperty "fields_different_from_variant_1"

    for field in changed.EnumerateObject() do
        if not (List.contains field.Name arrays) then
            Check.impossible file $"{recorded.Name}.{field.Name} is not supported"

    for array in arrays do
        Check.scaled
            file
            rounding
            $"{recorded.Name}.{array}"
            (expected first changed array)
            (read model array)

    for field in recorded.Value.GetProperty("stat").EnumerateObject() do
        Check.scaled
            file
            rounding
            $"{recorded.Name}.stat.{field.Name}"
            (numbers field.Value)
            (orNone (model.Field $"stat.{field.Name}"))
]

/// 3 of "size_3".
let private indexOf (name: string) =
    int (name.Substring(name.LastIndexOf '_' + 1))

/// What variant 1 has in common with the plain model.
let private common file (plain: Model) (first: Model) (differing: string list) = [
    for array in arrays do
        if not (List.contains array differing) then
            Check.absolute
                file
                0.0
                $"variant 1 as the plain model: {array}"
                (read plain array)
                (read first array)
]

/// All comparisons of a file; an unknown family is one failed check.
let verify (path: string) : Check list =
    let root = rootOf path
    let text (name: string) = string (root.GetProperty name)

    match Variations.find (text "domain") (text "family") with
    | Error reason -> [ Check.impossible path reason ]
    | Ok variation ->
        use models = new DmControlModels()
        use plain = models.Take variation.Domain
        use first = models.Take(Variation.modelName variation 1)

        let differing = [
            for name in
                root.GetProperty("fields_of_variant_1_that_differ_from_dm_control").EnumerateArray() do
                string name
        ]

        common path plain first differing
        @ [
            for recorded in root.GetProperty("variants").EnumerateObject() do
                use model = models.Take(Variation.modelName variation (indexOf recorded.Name))
                yield! variant path first model recorded
        ]
