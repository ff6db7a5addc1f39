/// DeepMind Control's tasks as data, by which the page plays them: src/Cli/Web/play/control.js.
module MtrlFunctional.Cli.Play.ControlJson

open MtrlFunctional.Environments
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Cli.Pages

/// A number of the engine: an array of the model or of the data, the element that it is about, and its place among the numbers
/// of that element.
type Place = { Array: string; Kind: string; Name: string; Index: int }

let private place array kind name index = { Array = array; Kind = kind; Name = name; Index = index }

let private ofModel number =
    match number with
    | ModelNumber.GeomPosition(geom, axis) -> place "geom_pos" "geom" geom (int axis)
    | ModelNumber.GeomSize(geom, index) -> place "geom_size" "geom" geom index
    | ModelNumber.SitePosition(site, axis) -> place "site_pos" "site" site (int axis)
    | ModelNumber.SiteSize(site, index) -> place "site_size" "site" site index
    | ModelNumber.SiteAlpha site -> place "site_rgba" "site" site 3
    | ModelNumber.Damping joint -> place "dof_damping" "joint" joint 0

let private ofQuantity quantity =
    match quantity with
    | Quantity.Position joint -> place "qpos" "joint" joint 0
    | Quantity.Velocity joint -> place "qvel" "joint" joint 0
    | Quantity.Control actuator -> place "ctrl" "actuator" actuator 0
    | Quantity.Sensor(sensor, index) -> place "sensordata" "sensor" sensor index
    | Quantity.BodyPosition(body, axis) -> place "xpos" "body" body (int axis)
    | Quantity.BodyCentre(body, axis) -> place "xipos" "body" body (int axis)
    | Quantity.BodyAxis(body, world, own) -> place "xmat" "body" body (3 * int world + int own)
    | Quantity.GeomPosition(geom, axis) -> place "geom_xpos" "geom" geom (int axis)
    | Quantity.SitePosition(site, axis) -> place "site_xpos" "site" site (int axis)
    | Quantity.Model number -> ofModel number

/// A number of an observation: the numbers that are read, and a formula of them; "": the number that is read.
let private ofTerm term =
    match term with
    | Term.Read quantity -> {| x = [ ofQuantity quantity ]; formula = "" |}
    | Term.Computed(text, formula) -> {| x = List.map ofQuantity formula.Of; formula = text |}

/// Starts that the page draws from.
let private starts = 24

let startsOf (models: DmControlModels) (task: DmControlTask) = [
    use model = models.Take task.Domain.Model
    let joints = DmControlReadings.JointsOf model

    for number in 1L .. int64 starts do
        task.Start joints (Key.ofSeed number |> Key.forPurpose (DmControlTask.fullName task))
]

let private ofTask models (task: DmControlTask) =
    let name = DmControlTask.fullName task
    let names, lines = EmbeddedFiles.text $"tasks/{name}.md" |> TaskText.rewardOfControl

    {|
        name = name
        scene = $"dmcontrol/{task.Domain.Model}"
        kind = "DeepMind Control"
        objective = task.Description
        substeps = task.Domain.Substeps
        actions = task.Domain.Actions
        horizon = DmControlTask.horizon
        observation = task.Observation |> List.collect _.Terms |> List.map ofTerm
        names = names
        reads = List.map ofQuantity task.Reward.Of
        formula = lines
        edits = List.map ofModel task.Edits
        starts = startsOf models task
        avoidsContacts = task.AvoidsContacts
        settle = task.Settle
    |}

/// The tasks that the page plays: nineteen, each with starts of episodes.
let all () =
    use models = new DmControlModels()
    DmControlTasks.standard |> List.map (ofTask models)
