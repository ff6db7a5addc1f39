/// DeepMind Control's tasks as data, by which the page plays them: src/Cli/Web/play/control.js.
module MtrlFunctional.Cli.Play.ControlJson

open MtrlFunctional.Environments
open MtrlFunctional.Randomness
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Cli.Pages

/// A number of an observation: the numbers that are read, and a formula of them; "": the number that is read.
let private ofTerm term =
    match term with
    | Term.Read quantity -> {| x = [ EnginePlace.ofQuantity quantity ]; formula = "" |}
    | Term.Computed(text, formula) -> {|
        x = List.map EnginePlace.ofQuantity formula.Of
        formula = text
      |}

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
        reads = List.map EnginePlace.ofQuantity task.Reward.Of
        formula = lines
        edits = List.map EnginePlace.ofModel task.Edits
        starts = startsOf models task
        avoidsContacts = task.AvoidsContacts
        settle = task.Settle
    |}

/// The tasks that the page plays: nineteen, each with starts of episodes.
let all () =
    use models = new DmControlModels()
    DmControlTasks.standard |> List.map (ofTask models)
