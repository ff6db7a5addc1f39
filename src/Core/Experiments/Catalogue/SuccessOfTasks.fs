/// Which tasks of an experiment define success.
module internal MtrlFunctional.Experiments.SuccessOfTasks

open MtrlFunctional.Tasks.Classic

/// Whether a task of one of several families defines success: those of Meta-World do, those of DeepMind Control have a return alone.
let private isDefined (keys: ClassicKeys) task =
    match TaskNames.tryClassic task with
    | Some family -> Classic.definesSuccess family keys.Parameters
    | None -> not (TaskNames.isDmControl task)

/// For each task, in order. Those of an extension define success, too.
[<CompiledName("AreDefined")>]
let areDefined (e: Experiment) : bool[] =
    let env = e.Environment

    let all defines = Array.create env.NumEnvs defines

    match e.Choices.Env.Family with
    | EnvFamily.Mixed -> env.Tasks |> List.map (isDefined env.Classic) |> Array.ofList
    | EnvFamily.Classic family -> all (Classic.definesSuccess family env.Classic.Parameters)
    | EnvFamily.MetaWorld
    | EnvFamily.Own _ -> all true
    | EnvFamily.DmControl
    | EnvFamily.Variants _ -> all false
