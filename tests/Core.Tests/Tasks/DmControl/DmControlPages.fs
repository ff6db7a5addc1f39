/// What the pages of DeepMind Control's tasks say: docs/tasks/dmcontrol.md and a page a task, from the tasks but for the formula of
/// a reward, which a test evaluates.
module MtrlFunctional.Tests.Tasks.DmControlPages

open System
open MtrlFunctional.Cli.Play
open MtrlFunctional.Tasks.DmControl

let private row (cells: string list) =
    let joined = String.Join(" | ", cells)
    $"| {joined} |"

let private about task =
    let name, domain = DmControlTask.fullName task, task.Domain

    [
        "| | |"
        "|---|---|"
        row [ "model"; $"[{domain.Model}.xml](../../assets/dmcontrol/{domain.Model}.xml)" ]
        row [ "action"; $"{domain.Actions} in [-1, 1]" ]
        row [ "physics steps of an action"; string domain.Substeps ]
        row [ "actions of an episode"; $"{DmControlTask.horizon}, no terminal states" ]
        row [ "training"; $"`./mtrl train env=dmc-{name} agent=state_sac`" ]
    ]

let private observation task =
    let terms = [
        for part in task.Observation do
            for term in part.Terms -> part.Name, QuantityText.ofTerm term
    ]

    [
        "| number | part | what |"
        "|---:|---|---|"
        for i, (part, what) in List.indexed terms do
            row [ string i; $"`{part}`"; what ]
    ]

let private reward task =
    let names, lines =
        TaskText.rewardOfControl (TaskDocuments.read $"{DmControlTask.fullName task}.md")

    [
        "Between 0 and 1, of these numbers after the step:"
        ""
        "| name | what |"
        "|---|---|"
        for name, quantity in List.zip names task.Reward.Of do
            row [ $"`{name}`"; QuantityText.ofQuantity quantity ]
        ""
        "```python"
        yield! lines
        "```"
        ""
        "Functions: [names](README.md#names), [tolerances](README.md#tolerances)."
    ]

let private page task =
    let name = DmControlTask.fullName task

    String.Join(
        "\n",
        [
            $"# {name}"
            ""
            task.Description
            ""
            $"![{name} at its start](images/{name}.png)"
            ""
            yield! about task
            ""
            "Lengths are in metres, angles in radians."
            ""
            "## Observation"
            ""
            yield! observation task
            ""
            "## Reward"
            ""
            yield! reward task
            ""
        ]
    )

let private index =
    String.Join(
        "\n",
        [
            "# The nineteen tasks of DeepMind Control"
            ""
            "Robots of nine domains, most of them in a plane (Tassa et al. 2018, arXiv:1801.00690). An episode has 1,000 actions and no"
            "terminal states; rewards are between 0 and 1. `./mtrl train env=dmc-19` learns all tasks together, `./mtrl demo walker-walk`"
            "and `./mtrl video walker-walk` show a task with random actions, `./mtrl video RUN` the policy of a run."
            ""
            "Each page gives observation and reward of a task; a test compares it with the task and evaluates every formula"
            "(`tests/Core.Tests/Tasks/DmControl`). The pictures show the pose of the"
            "model, from camera 0 (`scripts/task-pictures.sh`). [Variants](../../assets/dmcontrol/README.md) of the models have other"
            "lengths, masses and friction."
            ""
            "| task | | observation | action | |"
            "|---|---|---:|---:|---|"
            for task in DmControlTasks.standard do
                let name = DmControlTask.fullName task

                row [
                    $"[{name}]({name}.md)"
                    task.Description
                    string (DmControlTask.observationSize task)
                    string task.Domain.Actions
                    $"![](images/{name}.png)"
                ]
            ""
        ]
    )

/// File names and contents.
let files = [
    "dmcontrol.md", index
    for task in DmControlTasks.standard do
        $"{DmControlTask.fullName task}.md", page task
]
