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

    match e.Choices.Env with
    | choice when Choices.isMixed choice ->
        env.Tasks |> List.map (isDefined env.Classic) |> Array.ofList
    | EnvChoice.Classic family ->
        Array.create env.NumEnvs (Classic.definesSuccess family env.Classic.Parameters)
    | EnvChoice.Own _ -> Array.create env.NumEnvs true
    | choice -> Array.create env.NumEnvs (Choices.isMetaWorld choice)
