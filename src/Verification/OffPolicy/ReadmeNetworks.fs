/// Verifies network sizes: for each recorded command of the PTSL README the resolved agent must
/// have the original's parameters, with equal names and shapes.
///
/// Dimensions of size 1 are ignored: their position depends on the layout.
module internal MtrlFunctional.Verification.ReadmeNetworks

open System.Text.Json
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.Recorded
open MtrlFunctional.Agents.RecordedNames

let private agentOf (command: JsonElement) obsSize =
    Experiment.read ("fidelity=original" :: Writing.command command.GetProperty)
    |> Result.mapError (List.map string >> String.concat " ")
    |> Result.map (fun (experiment, _) ->
        let known = {
            Source = "nothing"
            Width = SentenceNumbers.Width
            Numbers = Array.zeroCreate (experiment.Environment.NumEnvs * SentenceNumbers.Width)
        }

        SacSetup.ofExperiment Precision.Full (Some known) obsSize (ActionSpace.Box 4) experiment
        |> SacAgent.create (Shards.serial 1))

/// The shapes of the parameters within a part by recorded name, in the recorded order, without dimensions of size 1.
let private shapesOf part within (layout: Layout) = [
    let prefix = $"{within}."

    for slot in layout.Slots do
        let { Shape = shape; Path = path } = slot.Parameter
        let name = ofParameter false part slot.Parameter
        let isMatrix = shape.Length = 2 && not (path.EndsWith "bias")

        if name.StartsWith prefix then
            name.Substring prefix.Length,
            (if isMatrix then List.rev shape else shape) |> List.filter ((<>) 1L)
]

/// The original's actor, critic and task encoder; the actor's encoder is listed separately although
/// most of it is shared with the critic.
let private shapes (agent: SacAgent) =
    let critic = shapesOf Part.Critic "critic" agent.CriticLayout
    let encoder = critic |> List.filter (fun (name, _) -> name.StartsWith "encoder.")

    Map [
        "actor", Map.ofList (encoder @ shapesOf Part.Actor "actor" agent.ActorLayout)
        "critic", Map.ofList critic
        "task_encoder",
        shapesOf Part.Fixed "task_encoder" agent.FixedLayout
        @ shapesOf Part.TaskEncoder "task_encoder" agent.TaskEncoderLayout
        |> Map.ofList
    ]

let private size (shapes: Map<string, int64 list>) =
    shapes.Values |> Seq.sumBy (List.fold (*) 1L) |> float

let private recordedShapes (table: JsonElement) =
    Map [
        for entry in table.EnumerateObject() do
            entry.Name, numbers entry.Value |> Seq.map int64 |> Seq.filter ((<>) 1L) |> Seq.toList
    ]

/// Number of parameters that are missing, surplus, or of another shape.
let private differing (recorded: Map<string, _>) (ours: Map<string, _>) =
    Seq.append recorded.Keys ours.Keys
    |> Seq.distinct
    |> Seq.filter (fun name -> Map.tryFind name recorded <> Map.tryFind name ours)
    |> Seq.length
    |> float

let private checkSize file label (command: JsonElement) (entry: JsonProperty) = [
    let at name = $"{label} obs {entry.Name}: {name}"

    match agentOf command (int entry.Name) with
    | Error mistakes -> Check.impossible file (at mistakes)
    | Ok agent ->
        let ours, alphas = shapes agent, float agent.Config.Tasks
        let frozen = agent.TaskEncoderLayout.Length

        let same name recorded computed =
            Check.compare file exact (at name) [| recorded |] [| computed |]

        let total name =
            same name (entry.Value.GetProperty(name: string).GetDouble())

        for KeyValue(part, shapes) in ours do
            let recorded =
                entry.Value.GetProperty "parameter_shapes"
                |> property part
                |> Option.fold (fun _ -> recordedShapes) Map.empty

            same $"{part} shapes that differ" 0.0 (differing recorded shapes)
            // The original's count excludes frozen parameters here.
            total part (if part = "task_encoder" then float frozen else size shapes)

        total "printed_total" (size ours["actor"] + 2.0 * size ours["critic"] + alphas)
        let trained = agent.ActorLayout.Length + agent.CriticLayout.Length + frozen
        total "trained_total" (float trained + alphas)
]

/// All comparisons of one file of recorded commands.
let verify path (root: JsonElement) : Check list = [
    for i, command in Seq.indexed (root.GetProperty("commands").EnumerateArray()) do
        let text (name: string) = string (command.GetProperty name)
        let label = $"""{i + 1} {text "section"} {text "label"}"""

        for sizes in Option.toList (property "by_observation_size" command) do
            for entry in sizes.EnumerateObject() do
                yield! checkSize path label command entry
]
