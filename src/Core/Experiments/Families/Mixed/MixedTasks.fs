/// A mixed experiment as experiments whose tasks have equal spaces: environments are made by their families.
module internal MtrlFunctional.Experiments.MixedTasks

let private only env (e: Experiment) tasks : Experiment = {
    e with
        Experiment.Choices.Env = env
        Environment = EnvironmentKeys.withTasks tasks e.Environment
}

/// A finite family has its own number of task states, where the keys have one for all families.
let private ofClassic family task (e: Experiment) =
    let part = only (ClassicWords.ofName family) e [ task ]
    let classic = ClassicKeys.within family part.Environment.Classic
    { part with Experiment.Environment.Classic = classic }

/// The experiment of its tasks of Meta-World, if there are some, and one of each other task.
[<CompiledName("Parts")>]
let parts (e: Experiment) : Experiment list =
    let metaWorld, others = e.Environment.Tasks |> List.partition TaskNames.isMetaWorld

    [
        if not metaWorld.IsEmpty then
            only MetaWorldWords.mt10 e metaWorld
        for task in others do
            match TaskNames.tryClassic task with
            | Some family -> ofClassic family task e
            | None -> only (DmControlWords.ofTask task) e [ task ]
    ]
