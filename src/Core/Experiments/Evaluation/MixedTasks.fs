/// A mixed experiment as experiments whose tasks have equal spaces: environments are made by their families.
module internal MtrlFunctional.Experiments.MixedTasks

let private only env (e: Experiment) tasks : Experiment = {
    e with
        Choices = { e.Choices with Env = env }
        Environment = EnvironmentKeys.withTasks tasks e.Environment
}

/// The experiment of its tasks of Meta-World, if there are some, and one of each task of DeepMind Control.
[<CompiledName("Parts")>]
let parts (e: Experiment) : Experiment list =
    let control, metaWorld = e.Environment.Tasks |> List.partition TaskNames.isDmControl

    [
        if not metaWorld.IsEmpty then
            only EnvChoice.MetaWorldMt10 e metaWorld
        for task in control do
            only (EnvChoice.DmControl [ task ]) e [ task ]
    ]
