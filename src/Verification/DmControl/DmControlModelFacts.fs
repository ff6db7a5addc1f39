/// Compares compiled models of DeepMind Control with recorded ones, field by field (JSON files with a
/// "domain" and its "bodies").
module internal MtrlFunctional.Verification.DmControlModelFacts

open System
open System.IO
open System.Text.Json
open MtrlFunctional.Environments
open MtrlFunctional.Physics

/// Relative to 1 + |x|: of doubles, and of numbers that the engine keeps in single precision.
let private double, single = 1e-12, 1e-7

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

let private rootOf path =
    use document = JsonDocument.Parse(File.ReadAllText path)
    document.RootElement.Clone()

/// Whether a file holds a compiled model.
let isOne (path: string) =
    let root = rootOf path
    let has (name: string) = root.TryGetProperty(name) |> fst
    root.ValueKind = JsonValueKind.Object && has "domain" && has "bodies"

/// "cartpole with 2 poles" is the model cartpole_2poles.
let private modelOf (domain: string) =
    domain.Replace(" with ", "_").Replace(" poles", "poles")

let private numbers (value: JsonElement) =
    if value.ValueKind = JsonValueKind.Array then
        [| for number in value.EnumerateArray() -> number.GetDouble() |]
    else
        [| value.GetDouble() |]

let private compare file quantity tolerance recorded (computed: float[] | null) =
    match computed with
    | null -> Check.impossible file $"{quantity} is not supported"
    | computed -> Check.scaled file tolerance quantity recorded computed

/// Sizes, options and statistics.
let private scalars file (model: Model) (root: JsonElement) = [
    for group, prefix in [ "sizes", ""; "option", "opt."; "stat", "stat." ] do
        for field in root.GetProperty(group).EnumerateObject() do
            let computed = model.Field(prefix + field.Name)
            compare file $"{group}.{field.Name}" double (numbers field.Value) computed
]

/// A field of all elements of a group: the rows of one array.
let private column file (model: Model) group prefix (elements: JsonElement list) (field: string) =
    let recorded =
        elements |> List.map (fun e -> numbers (e.GetProperty field)) |> Array.concat

    let array = prefix + field
    let tolerance = if Model.IsSingle array then single else double
    compare file $"{group}.{field}" tolerance recorded (model.Numbers array)

let private names file (model: Model) group kind (elements: JsonElement list) =
    let recorded =
        elements
        |> List.map (fun e ->
            match e.TryGetProperty "name" with
            | true, name -> name.GetString()
            | _ -> "")

    let computed = List.init elements.Length (fun i -> model.NameOf(kind, i))
    let same = if recorded = computed then 1.0 else 0.0
    Check.absolute file 0.0 $"{group}.name" [| 1.0 |] [| same |]

let private group file (model: Model) (root: JsonElement) (group: string, prefix, kind) = [
    match root.TryGetProperty group with
    | true, found ->
        let elements = found.EnumerateArray() |> List.ofSeq
        let first = List.head elements

        for field in first.EnumerateObject() do
            match field.Name with
            | "id"
            | "user" -> ()
            | "name" ->
                yield!
                    kind
                    |> Option.map (fun kind -> names file model group kind elements)
                    |> Option.toList
            | name -> column file model group prefix elements name
    | _ -> ()
]

/// All comparisons of a file.
let verify (path: string) : Check list =
    let root = rootOf path
    use models = new DmControlModels()
    use model = models.Take(modelOf (string (root.GetProperty "domain")))

    [
        yield! scalars path model root

        for part in groups do
            yield! group path model root part

        for array in [ "qpos0"; "qpos_spring" ] do
            compare path array double (numbers (root.GetProperty array)) (model.Numbers array)
    ]
