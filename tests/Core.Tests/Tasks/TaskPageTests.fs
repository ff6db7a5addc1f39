module MtrlFunctional.Tests.Tasks.TaskPageTests

open Expecto
open Expecto.Flip
open System
open System.IO
open System.Text.Json
open MtrlFunctional.Cli.Play
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Tests

/// The facts of docs/tasks, but for the formulas of Meta-World, are those of the tasks.
let ``task pages`` = [
    let row (cells: string list) =
        let joined = String.Join(" | ", cells)
        $"| {joined} |"

    // A number rounded to 7 decimals, without artefacts of single precision.
    let number (x: float) = string (Math.Round(x, 7))

    let place (v: Vec3) =
        $"({number v.X}, {number v.Y}, {number v.Z})"

    let range low high =
        if low = high then
            $"always {place low}"
        else
            $"{place low} to {place high}"

    // Benchmarks that contain a task for training (or, for meta-learning, testing).
    let memberships (task: MetaWorldTask) = [
        for benchmark in Benchmarks.benchmarks do
            match
                List.contains task.Name benchmark.Train, List.contains task.Name benchmark.Test
            with
            | true, true -> $"{benchmark.Name} (training and test)"
            | true, false -> benchmark.Name
            | false, true -> $"{benchmark.Name} (test)"
            | false, false -> ()
    ]

    // The goals, of the first 20 of seed 42, that the scripted expert reaches; `mtrl verify` replays them.
    let reached =
        let path =
            Path.Combine(Repository.root, "tests/golden/metaworld/scripted_success_all.json")

        use recorded = JsonDocument.Parse(File.ReadAllText path)

        Map [
            for task in recorded.RootElement.GetProperty("tasks").EnumerateObject() ->
                let steps = [
                    for step in task.Value.GetProperty("first_success_step").EnumerateArray() ->
                        step.GetInt32()
                ]

                steps |> hasLength 20
                task.Name, steps |> List.filter (fun step -> step > 0) |> List.length
        ]

    // The table of a page, and the parts of the observation that do not depend on its texts.
    let facts (task: MetaWorldTask) = [
        let part start =
            Sawyer.part start task.RandomLow, Sawyer.part start task.RandomHigh

        let id = Benchmarks.order |> List.findIndex ((=) task.Name)
        $"# {task.Name}"
        task.Objective
        row [ "number"; $"{id} in Meta-World's order" ]
        row [ "benchmarks"; memberships task |> String.concat ", " ]
        row [ "scene"; $"[{task.Scene}.xml](../../assets/metaworld/{task.Scene}.xml)" ]
        row [ "hand starts at"; place task.HandInit ]
        row [ "hand moves in"; range task.HandLow task.HandHigh ]
        row [ "`random[0:3]`"; part 0 ||> range ]

        if task.RandomLow.Length = 6 then
            row [ "`random[3:6]`"; part 3 ||> range ]

        row [ "goal is observed in"; range task.GoalLow task.GoalHigh ]
        row [ "scripted expert"; $"succeeds with {reached[task.Name]} of 20 goals" ]

        // The order of the numbers of an orientation, by the kind of its element.
        for i, observed in List.indexed (TaskDocuments.ofTask task).Observed do
            if observed.Orientation <> "" then
                let order =
                    if observed.Orientation.StartsWith "body" then
                        "(w, x, y, z)"
                    elif observed.Orientation.StartsWith '(' then
                        ""
                    else
                        "(x, y, z, w)"

                let what = $"orientation {order}".TrimEnd() + $": `{observed.Orientation}`"
                row [ $"{7 + 7 * i}–{10 + 7 * i}"; what ]
    ]

    testCase "have the facts of the task" (fun () ->
        for task in Benchmarks.tasks do
            let lines = (TaskDocuments.read $"{task.Name}.md").Split '\n'

            for fact in facts task do
                lines |> Expect.contains task.Name fact

            let randoms = lines |> Array.filter _.StartsWith("| `random[")
            randoms.Length |> Expect.equal task.Name (task.RandomLow.Length / 3))

    testCase "have a line each in the index, under one kind" (fun () ->
        let lines = TaskDocuments.index.Split '\n'

        for task in Benchmarks.tasks do
            // MT50 and MT1 contain all tasks.
            let benchmarks = memberships task |> List.filter ((<>) "MT50")

            let line =
                row [
                    $"[{task.Name}]({task.Name}.md)"
                    task.Objective
                    String.concat ", " benchmarks
                    $"{reached[task.Name]} of 20"
                ]

            lines |> Array.filter ((=) line) |> Expect.hasLength task.Name 1

        (TaskText.kinds TaskDocuments.index).Count |> equals Benchmarks.tasks.Length)

    testCase "list the benchmarks" (fun () ->
        for benchmark in Benchmarks.benchmarks do
            let list names =
                if names = Benchmarks.order then
                    "all"
                else
                    names |> List.map TaskName.plain |> String.concat ", "

            let line = row [ benchmark.Name; list benchmark.Train; list benchmark.Test ]
            TaskDocuments.index.Split '\n' |> includes line)

    testCase "of DeepMind Control are those of the tasks" (fun () ->
        // All rows of tables, and the other lines that are of the task.
        let has file facts =
            (TaskDocuments.read file).Split '\n'
            |> Array.filter (fun line -> line.StartsWith "| " || List.contains line facts)
            |> Expect.equal file (List.toArray facts)

        has "dmcontrol.md" DmControlPages.index

        for task in DmControlTasks.standard do
            has (DmControlPages.file task) (DmControlPages.facts task))

    let files =
        "README.md" :: [ for task in Benchmarks.tasks -> $"{task.Name}.md" ]
        @ "dmcontrol.md" :: List.map DmControlPages.file DmControlTasks.standard

    testCase "are all that is there" (fun () ->
        let there =
            Directory.GetFiles(TaskDocuments.folder, "*.md") |> Array.map Path.GetFileName

        there |> isPermutationOf files)

    testCase "have small pictures" (fun () ->
        let sizes =
            Directory.GetFiles(Path.Combine(TaskDocuments.folder, "images"))
            |> Array.map (FileInfo >> _.Length)

        let tasks = Benchmarks.tasks.Length + DmControlTasks.standard.Length
        sizes |> hasLength tasks
        Array.max sizes |> isBelow 30_000L)
]
