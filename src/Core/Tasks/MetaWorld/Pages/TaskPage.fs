/// The page of a task, docs/tasks/*.md, generated from the task.
module MtrlFunctional.Tasks.TaskPage

open System
open MtrlFunctional.Tasks.MetaWorld

/// A number rounded to 7 decimals, without artefacts of single precision.
let private number (x: float) = string (Math.Round(x, 7))

let private place (v: Vec3) =
    $"({number v.X}, {number v.Y}, {number v.Z})"

let internal row (cells: string list) =
    let joined = String.Join(" | ", cells)
    $"| {joined} |"

/// A Markdown table with an empty header.
let private facts rows = [ "| | |"; "|---|---|"; yield! List.map row rows ]

let internal formulas lines = [ "```python"; yield! lines; "```" ]

/// Benchmarks that contain a task for training (or, for meta-learning, testing).
let internal memberships (task: MetaWorldTask) = [
    for benchmark in Benchmarks.benchmarks do
        let isIn = List.contains task.Name

        match isIn benchmark.Train, isIn benchmark.Test with
        | true, true -> $"{benchmark.Name} (training and test)"
        | true, false -> benchmark.Name
        | false, true -> $"{benchmark.Name} (test)"
        | false, false -> ()
]

let private range low high =
    if low = high then
        $"always {place low}"
    else
        $"{place low} to {place high}"

let private about (task: MetaWorldTask) =
    let id = Benchmarks.order |> List.findIndex ((=) task.Name)

    let part start =
        Sawyer.part start task.RandomLow, Sawyer.part start task.RandomHigh

    facts [
        [ "number"; $"{id} in Meta-World's order" ]
        [ "benchmarks"; memberships task |> String.concat ", " ]
        [ "scene"; $"[{task.Scene}.xml](../../assets/metaworld/{task.Scene}.xml)" ]
        [ "hand starts at"; place task.HandInit ]
        [ "hand moves in"; range task.HandLow task.HandHigh ]
        [ "`random[0:3]`"; part 0 ||> range ]
        if task.RandomLow.Length = 6 then
            [ "`random[3:6]`"; part 3 ||> range ]
        [ "goal is observed in"; range task.GoalLow task.GoalHigh ]
        [ "scripted expert"; $"succeeds with {task.Description.Scripted} of 20 goals" ]
    ]

/// The components of an orientation, by the kind of its element.
let private order (turned: string) =
    if turned.StartsWith "body" then "(w, x, y, z)"
    elif turned.StartsWith '(' then ""
    else "(x, y, z, w)"

let private observation (task: MetaWorldTask) =
    let object i (observed: ObservedObject) = [
        let first = 4 + 7 * i
        row [ $"{first}–{first + 2}"; $"`{observed.Name}`: `{observed.Position}`" ]

        row [
            $"{first + 3}–{first + 6}"
            if observed.Orientation = "" then
                "zeros"
            else
                $"orientation {order observed.Orientation}".TrimEnd()
                + $": `{observed.Orientation}`"
        ]
    ]

    [
        "| numbers | what |"
        "|---|---|"
        row [ "0–2"; "`hand`: `body('hand')`" ]
        row [ "3"; "`opening` of the gripper, 0 closed to 1 open" ]
        yield! task.Description.Observed |> List.mapi object |> List.concat
        if task.Description.Observed.Length < 2 then
            row [ "11–17"; "zeros" ]
        row [ "18–35"; "numbers 0–17 of the step before" ]
        row [ "36–38"; "`target`; zeros where goals are hidden (ML1, ML10, ML25, ML45)" ]
    ]

/// The page of a task.
let page (task: MetaWorldTask) =
    let description = task.Description

    String.Join(
        "\n",
        [
            $"# {task.Name}"
            ""
            description.Objective
            ""
            $"![The scripted expert at {task.Name}](images/{task.Name}.png)"
            ""
            yield! about task
            ""
            "Lengths are in metres. Names in the formulas: [names](README.md#names)."
            ""
            "## Success"
            ""
            description.Succeeds
            ""
            "## Observation"
            ""
            yield! observation task
            ""
            "## Beginning of an episode"
            ""
            yield! formulas description.Prepared
            ""
            "## Reward"
            ""
            "Version 2, the default, between 0 and 10:"
            ""
            yield! formulas description.Formula
            ""
            "Version 1, without bounds:"
            ""
            yield! formulas description.FormulaV1
            ""
        ]
    )
