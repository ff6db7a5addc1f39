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

let private prefix = "meta-world/"
let private observable = "-goal-observable"
let private versions = [ "-v1"; "-v2"; "-v3" ]

let private without (ending: string) (name: string) =
    if name.EndsWith(ending, StringComparison.Ordinal) then
        name.Substring(0, name.Length - ending.Length)
    else
        name

/// The name of a task of Meta-World with the version of the scenes here, by any of its spellings, whether or not there is
/// such a task: "reach-v3" for "reach", "reach-v2", "Meta-World/reach-v3" and "reach-v2-goal-observable". Versions of
/// Meta-World name the same task; letter case is ignored.
[<CompiledName("MetaWorld")>]
let internal metaWorld (name: string) =
    let name = name.ToLowerInvariant()

    let bare =
        if name.StartsWith(prefix, StringComparison.Ordinal) then
            name.Substring prefix.Length
        else
            name

    let bare = without observable bare

    let bare =
        versions
        |> List.tryFind (fun version -> bare.EndsWith(version, StringComparison.Ordinal))
        |> Option.map (fun version -> without version bare)
        |> Option.defaultValue bare

    bare + "-v3"
