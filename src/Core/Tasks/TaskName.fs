/// Names of tasks: "reach-v3", and without the version of its scene "reach".
module MtrlFunctional.Tasks.TaskName

open System

/// A task's name without the version of its scene.
[<CompiledName("Plain")>]
let plain (task: string) =
    match task.LastIndexOf "-v" with
    | -1 -> task
    | at when Seq.forall Char.IsDigit (task.Substring(at + 2)) -> task.Substring(0, at)
    | _ -> task
