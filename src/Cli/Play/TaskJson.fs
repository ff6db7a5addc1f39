/// The tasks of the page as data: of Meta-World for src/Cli/Web/play/task.js, of DeepMind Control for control.js.
module MtrlFunctional.Cli.Play.TaskJson

open System.Text.Encodings.Web
open System.Text.Json
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Cli.Pages

let private list (v: Vec3) = [| v.X; v.Y; v.Z |]

let private watched element =
    let kind, name = PlacementFormulas.kindAndName element
    [| kind; name |]

let private ofTask (kinds: Map<string, string>) (task: MetaWorldTask) =
    let about = EmbeddedFiles.text $"tasks/{task.Name}.md" |> TaskText.read

    {|
        name = task.Name
        scene = task.Scene
        kind = kinds[task.Name]
        objective = task.Objective
        succeeds = about.Succeeds
        handInit = list task.HandInit
        handLow = list task.HandLow
        handHigh = list task.HandHigh
        randomLow = task.RandomLow
        randomHigh = task.RandomHigh
        goalLow = list task.GoalLow
        goalHigh = list task.GoalHigh
        settlesAlike = task.SettledStateIsShared
        watch = task.Watch |> List.map watched
        joints = task.Joints
        graspable = Option.toObj task.Graspable
        observed = about.Observed
        prepared = about.Prepared
        formula = about.Formula
        place = PlacementFormulas.ofTask task
    |}

let private options =
    JsonSerializerOptions(
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase
    )

/// Meta-World's fifty tasks in its order, DeepMind Control's, and the functions of their formulas.
let all () =
    let index = EmbeddedFiles.text "tasks/README.md"

    JsonSerializer.SerializeToUtf8Bytes(
        {|
            notations = TaskText.notations index "Tolerances" @ TaskText.notations index "Grips"
            handLow = list Observation.handLow
            handHigh = list Observation.handHigh
            tasks = Benchmarks.tasks |> List.map (ofTask (TaskText.kinds index))
            control = ControlJson.all ()
        |},
        options
    )
