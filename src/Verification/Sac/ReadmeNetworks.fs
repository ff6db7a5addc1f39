/// Verifies network sizes: for each recorded command of the PTSL README the resolved agent must
/// have the original's parameters, with equal names and shapes.
///
/// Dimensions of size 1 are ignored: their position depends on the layout.
module internal MtrlFunctional.Verification.ReadmeNetworks

open System.IO
open System.Text.Json
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.SacRecordedNames

/// Size of the original's embeddings of task descriptions.
let private embeddingWidth = 768

let private actions = 4

let private wordsOf (table: JsonElement) = [
    for entry in table.EnumerateObject() do
        $"{entry.Name}={entry.Value}"
]

let private agentOf (command: JsonElement) obsSize =
    let words =
        "fidelity=original" :: wordsOf (command.GetProperty "groups")
        @ wordsOf (command.GetProperty "overrides")

    match Experiment.read words with
    | Error mistakes -> Error(mistakes |> List.map string |> String.concat " ")
    | Ok(experiment, _) ->
        let tasks = experiment.Environment.NumEnvs

        let known = {
            Source = "nothing"
            Width = embeddingWidth
            Numbers = Array.zeroCreate (tasks * embeddingWidth)
        }

        SacSetup.ofExperiment
            MtrlFunctional.Tensors.Precision.Full
            (Some known)
            obsSize
            (ActionSpace.Box actions)
            experiment
        |> SacAgent.create (Shards.serial 1)
        |> Ok

let private isMatrix (parameter: Parameter) =
    parameter.Shape.Length = 2 && not (parameter.Path.EndsWith "bias")

/// The shape in the recorded order, without dimensions of size 1.
let private shapeOf (parameter: Parameter) =
    (if isMatrix parameter then
         List.rev parameter.Shape
     else
         parameter.Shape)
    |> List.filter ((<>) 1L)

/// Parameters of a part by recorded name without the part's prefix.
let private named part layout = [
    for slot in layout.Slots do
        let name = SacRecordedNames.ofParameter false part slot.Parameter
        name, shapeOf slot.Parameter
]

let private within (part: string) all =
    all
    |> List.filter (fun (name: string, _) -> name.StartsWith(part + "."))
    |> List.map (fun (name, shape) -> name.Substring(part.Length + 1), shape)

/// The original's actor, critic and task encoder; the actor's encoder is listed separately although
/// most of it is shared with the critic.
let private shapes (agent: SacAgent) =
    let critic = named Part.Critic agent.CriticLayout |> within "critic"
    let known = named Part.Fixed agent.FixedLayout
    let encoder = critic |> List.filter (fun (name, _) -> name.StartsWith "encoder.")

    [
        "actor", encoder @ (named Part.Actor agent.ActorLayout |> within "actor")
        "critic", critic
        "task_encoder",
        within "task_encoder" known
        @ (named Part.TaskEncoder agent.TaskEncoderLayout |> within "task_encoder")
    ]
    |> List.map (fun (part, shapes) -> part, Map.ofList shapes)
    |> Map.ofList

let private size (shapes: Map<string, int64 list>) =
    shapes.Values |> Seq.sumBy (List.fold (*) 1L) |> float

let private recordedShapes (table: JsonElement) =
    Map [
        for entry in table.EnumerateObject() do
            entry.Name,
            [
                for size in entry.Value.EnumerateArray() do
                    if size.GetInt64() <> 1L then
                        size.GetInt64()
            ]
    ]

/// Number of parameters that are missing, surplus, or of another shape.
let private differing (recorded: Map<string, _>) (ours: Map<string, _>) =
    Seq.append recorded.Keys ours.Keys
    |> Seq.distinct
    |> Seq.filter (fun name -> Map.tryFind name recorded <> Map.tryFind name ours)
    |> Seq.length
    |> float

let private checkSize file label (command: JsonElement) (entry: JsonProperty) =
    let at name = $"{label} obs {entry.Name}: {name}"

    match agentOf command (int entry.Name) with
    | Error mistakes -> [ Check.impossible file (at mistakes) ]
    | Ok agent ->
        let ours, recorded = shapes agent, entry.Value.GetProperty "parameter_shapes"
        let alphas = float agent.Config.Tasks

        let number (name: string) = [| entry.Value.GetProperty(name).GetDouble() |]

        let trained =
            agent.ActorLayout.Length
            + agent.CriticLayout.Length
            + agent.TaskEncoderLayout.Length

        [
            for KeyValue(part, shapes) in ours do
                let recorded =
                    match recorded.TryGetProperty part with
                    | true, table -> recordedShapes table
                    | _ -> Map.empty

                Check.absolute file 0.0 (at $"{part} shapes that differ") [| 0.0 |] [|
                    differing recorded shapes
                |]

                // The original's count excludes frozen parameters here.
                let count =
                    if part = "task_encoder" then
                        float agent.TaskEncoderLayout.Length
                    else
                        size shapes

                Check.absolute file 0.0 (at part) (number part) [| count |]

            let printed = size ours["actor"] + 2.0 * size ours["critic"] + alphas
            Check.absolute file 0.0 (at "printed_total") (number "printed_total") [| printed |]

            Check.absolute file 0.0 (at "trained_total") (number "trained_total") [|
                float trained + alphas
            |]
        ]

/// All comparisons of one file of recorded commands.
let verify (path: string) : Check list =
    use document = JsonDocument.Parse(File.ReadAllText path)

    [
        for i, command in
            Seq.indexed (document.RootElement.GetProperty("commands").EnumerateArray()) do
            let text (name: string) = command.GetProperty(name).GetString()
            let section, name = text "section", text "label"
            let label = $"{i + 1} {section} {name}"

            match command.TryGetProperty "by_observation_size" with
            | true, sizes ->
                for entry in sizes.EnumerateObject() do
                    yield! checkSize path label command entry
            | _ -> ()
    ]

/// True for a JSON file of this kind.
let isOne (path: string) =
    use document = JsonDocument.Parse(File.ReadAllText path)

    document.RootElement.ValueKind = JsonValueKind.Object
    && fst (document.RootElement.TryGetProperty "commands")
