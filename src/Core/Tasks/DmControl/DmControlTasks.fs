/// The tasks of DeepMind Control.
module MtrlFunctional.Tasks.DmControl.DmControlTasks

open MtrlFunctional

/// All tasks, by domain.
[<CompiledName("All")>]
let all = [ Pendulum.swingup ]

/// The task of a full name, or a message with the nearest names.
[<CompiledName("Find")>]
let find name =
    match all |> List.tryFind (fun task -> DmControlTask.fullName task = name) with
    | Some task -> Ok task
    | None ->
        let names = all |> List.map DmControlTask.fullName
        Error $"'{name}' is not a task of DeepMind Control.{Nearest.hint names name}"
