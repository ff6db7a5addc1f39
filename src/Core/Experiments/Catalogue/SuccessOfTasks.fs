/// Which tasks of an experiment define success.
module internal MtrlFunctional.Experiments.SuccessOfTasks

/// For each task, in order.
[<CompiledName("AreDefined")>]
let areDefined (e: Experiment) : bool[] = [|
    for task in e.Environment.Tasks ->
        e.Choices.Env.Family.DefinesSuccess e.Environment.Classic task
|]
