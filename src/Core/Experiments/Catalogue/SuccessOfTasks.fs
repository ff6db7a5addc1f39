/// Which tasks of an experiment define success.
module internal MtrlFunctional.Experiments.SuccessOfTasks

/// For each task, in order: those of Meta-World and of extensions define success, others have a return alone.
[<CompiledName("AreDefined")>]
let areDefined (e: Experiment) : bool[] =
    match e.Choices.Env with
    | env when Choices.isMixed env ->
        e.Environment.Tasks |> List.map (TaskNames.isDmControl >> not) |> Array.ofList
    | EnvChoice.Own _ -> Array.create e.Environment.NumEnvs true
    | env -> Array.create e.Environment.NumEnvs (Choices.isMetaWorld env)
