/// The pages of docs/tasks, whose formulas and facts tests compare with the tasks.
module MtrlFunctional.Tests.Tasks.TaskDocuments

open System.IO
open MtrlFunctional.Cli.Play
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld
open MtrlFunctional.Tests

let folder = Path.Combine(Repository.root, "docs", "tasks")

let read (name: string) =
    File.ReadAllText(Path.Combine(folder, name))

let index = read "README.md"

let private texts =
    Map [
        for task in Benchmarks.tasks -> task.Name, TaskText.read (read $"{task.Name}.md")
    ]

/// What the page of a task says.
let ofTask (task: MetaWorldTask) = texts[task.Name]

/// The functions of the formulas.
let notations =
    [ "Tolerances"; "Grips"; "Version 1" ]
    |> List.collect (TaskText.notations index)
