/// What the pages of DeepMind Control's tasks have of the tasks, but for the formula of a reward, which a test evaluates:
/// docs/tasks/dmcontrol.md and a page a task.
module MtrlFunctional.Tests.Tasks.DmControlPages

open System
open MtrlFunctional.Cli.Play
open MtrlFunctional.Tasks.DmControl

let private row (cells: string list) =
    let joined = String.Join(" | ", cells)
    $"| {joined} |"

let private picture name = $"images/{name}.png"

let private observation task =
    let terms = [
        for part in task.Observation do
            for term in part.Terms -> part.Name, QuantityText.ofTerm term
    ]

    [
        "| number | part | what |"
        for i, (part, what) in List.indexed terms do
            row [ string i; $"`{part}`"; what ]
    ]

let private reward task =
    let names, _ =
        TaskText.rewardOfControl (TaskDocuments.read $"{DmControlTask.fullName task}.md")

    [
        "| name | what |"
        for name, quantity in List.zip names task.Reward.Of do
            row [ $"`{name}`"; QuantityText.ofQuantity quantity ]
    ]

/// Lines of the page of a task, in their order.
let facts task = [
    let name, domain = DmControlTask.fullName task, task.Domain
    $"# {name}"
    task.Description
    $"![{name} at its start]({picture name})"
    "| | |"
    row [ "model"; $"[{domain.Model}.xml](../../assets/dmcontrol/{domain.Model}.xml)" ]
    row [ "action"; $"{domain.Actions} in [-1, 1]" ]
    row [ "physics steps of an action"; string domain.Substeps ]
    row [ "actions of an episode"; $"{DmControlTask.horizon}, no terminal states" ]
    row [ "training"; $"`./mtrl train env=dmc-{name} agent=state_sac`" ]
    yield! observation task
    yield! reward task
]

/// The table of the tasks in their index.
let index = [
    "| task | | observation | action | |"
    for task in DmControlTasks.standard do
        let name = DmControlTask.fullName task

        row [
            $"[{name}]({name}.md)"
            task.Description
            string (DmControlTask.observationSize task)
            string task.Domain.Actions
            $"![]({picture name})"
        ]
]

/// The name of its file.
let file task = $"{DmControlTask.fullName task}.md"
