/// Compares compiled models of DeepMind Control with recorded ones (JSON files): a model field by field ("domain" and
/// its "bodies"), and the variants of a family, all arrays ("family" and its "variants"): variant 1 with the plain
/// model, the others with variant 1.
module internal MtrlFunctional.Verification.DmControlModelFacts

open System.Text.Json
open MtrlFunctional.Environments
open MtrlFunctional.Physics
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Verification.Recorded

/// Of doubles, and of numbers that the engine keeps in single precision.
let private double, single = Scaled 1e-12, Scaled 1e-7

/// Groups of a file with the prefix of their arrays in the engine's model, and the kind of their names.
let private groups = [
    "bodies", "body_", Some ElementKind.Body
    "joints", "jnt_", Some ElementKind.Joint
    "dofs", "dof_", None
    "geoms", "geom_", Some ElementKind.Geom
    "sites", "site_", Some ElementKind.Site
    "cameras", "cam_", Some ElementKind.Camera
    "lights", "light_", Some ElementKind.Light
    "materials", "mat_", Some ElementKind.Material
    "textures", "tex_", Some ElementKind.Texture
    "tendons", "tendon_", Some ElementKind.Tendon
    "wraps", "wrap_", None
    "actuators", "actuator_", Some ElementKind.Actuator
    "sensors", "sensor_", Some ElementKind.Sensor
]

let private compare file quantity tolerance recorded (computed: float[] | null) =
    match computed with
    | null -> Check.impossible file $"{quantity} is not supported"
    | computed -> Check.compare file tolerance quantity recorded computed

/// The rows of one array, in the fields of the elements of a group.
let private field file (model: Model) (group, prefix, kind) (elements: JsonElement list) name = [
    match name, kind with
    | "name", Some kind ->
        let names = [
            for e in elements -> property "name" e |> Option.map string |> Option.defaultValue ""
        ]

        let same = names = List.init names.Length (fun i -> model.NameOf(kind, i))
        Check.compare file exact $"{group}.name" [| 1.0 |] [| flag same |]
    | ("id" | "user" | "name"), _ -> ()
    | _ ->
        let array = prefix + name
        let tolerance = if Model.IsSingle array then single else double

        let recorded = [|
            for e in elements do
                yield! numbers (e.GetProperty name)
        |]

        compare file $"{group}.{name}" tolerance recorded (model.Numbers array)
]

/// A compiled model; "cartpole with 2 poles" is cartpole_2poles.
let model file (root: JsonElement) : Check list = [
    use models = new DmControlModels()
    let domain = string (root.GetProperty "domain")
    use model = models.Take(domain.Replace(" with ", "_").Replace(" poles", "poles"))

    for group, prefix in [ "sizes", ""; "option", "opt."; "stat", "stat." ] do
        for field in root.GetProperty(group).EnumerateObject() do
            let computed = model.Field(prefix + field.Name)
            compare file $"{group}.{field.Name}" double (numbers field.Value) computed

    for group, prefix, kind in groups do
        for found in Option.toList (property group root) do
            let elements = List.ofSeq (found.EnumerateArray())

            for entry in elements.Head.EnumerateObject() do
                yield! field file model (group, prefix, kind) elements entry.Name

    for array in [ "qpos0"; "qpos_spring" ] do
        compare file array double (numbers (root.GetProperty array)) (model.Numbers array)
]

/// All arrays but the texels, whose colours are checked as colours of frames.
let private arrays = Model.Arrays |> Seq.filter ((<>) "tex_rgb") |> List.ofSeq

/// A copy of an array or of a statistic; none has no numbers.
let private orNone (numbers: float[] | null) =
    Option.ofObj numbers |> Option.defaultValue [||]

/// Row of a named element in an array, and the number of rows. Degrees of freedom are numbered.
let private rowOf (model: Model) (array: string) (name: string) =
    match groups |> List.tryFind (fun (_, prefix, _) -> array.StartsWith prefix) with
    | Some(_, _, Some kind) -> model.Id(kind, name), model.Count kind
    | _ -> int name, model.Velocities

/// An array of variant 1 with the recorded rows of another variant.
let private expected (first: Model) changed array =
    let whole = orNone (first.Numbers array)

    for rows in Option.toList (property array changed) do
        for row in rows.EnumerateObject() do
            let at, count = rowOf first array row.Name
            (numbers row.Value).CopyTo(whole, at * (whole.Length / count))

    whole

let private variant file (first: Model) (model: Model) (recorded: JsonProperty) = [
    let changed = recorded.Value.GetProperty "fields_different_from_variant_1"

    let check name =
        Check.compare file double $"{recorded.Name}.{name}"

    for field in changed.EnumerateObject() do
        if not (List.contains field.Name arrays) then
            Check.impossible file $"{recorded.Name}.{field.Name} is not supported"

    for array in arrays do
        check array (expected first changed array) (orNone (model.Numbers array))

    for field in recorded.Value.GetProperty("stat").EnumerateObject() do
        let name = $"stat.{field.Name}"
        check name (numbers field.Value) (orNone (model.Field name))
]

/// The variants of a family; an unknown family is one failed check.
let variants file (root: JsonElement) : Check list = [
    let text (name: string) = string (root.GetProperty name)

    match Variations.find (text "domain") (text "family") with
    | Error reason -> Check.impossible file reason
    | Ok variation ->
        use models = new DmControlModels()
        use plain = models.Take variation.Domain
        use first = models.Take(Variation.modelName variation 1)
        let differing = root.GetProperty "fields_of_variant_1_that_differ_from_dm_control"
        let differing = differing.EnumerateArray() |> Seq.map string

        for array in List.except differing arrays do
            (orNone (plain.Numbers array), orNone (first.Numbers array))
            ||> Check.compare file exact $"variant 1 as the plain model: {array}"

        for recorded in root.GetProperty("variants").EnumerateObject() do
            // 3 of "size_3".
            let index = int (recorded.Name.Substring(recorded.Name.LastIndexOf '_' + 1))
            use model = models.Take(Variation.modelName variation index)
            yield! variant file first model recorded
]
