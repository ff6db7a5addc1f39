/// The tasks that are learned and those that are tested: of one family, each once, as many as the environments.
module internal MtrlFunctional.Experiments.TaskListCheck

open MtrlFunctional.Experiments.Requirement

/// What is wrong with them.
let conflicts (e: Experiment) : ConfigError list =
    let env = e.Environment
    let tasks = Value.OfTexts env.Tasks
    let family = e.Choices.Env.Family
    // Keys of variants choose their tasks, and the rules of the family say what is wrong with them.
    let isChosen = family.HasVariants
    // What follows from an empty list is not repeated.
    let hasNone = env.Tasks.IsEmpty

    List.concat [
        unless
            (isChosen || not hasNone)
            "env.tasks"
            tasks
            "a list of at least one task"
            family.NoTasks

        match family.WrongTasks env.NumEnvs env.Tasks with
        | Some(allowed, advice) -> unless false "env.tasks" tasks allowed advice
        | None -> ()

        unless
            (isChosen || List.distinct env.Tasks = env.Tasks)
            "env.tasks"
            tasks
            "without repetition"
            "Each task has one index."

        unless
            (hasNone || env.NumEnvs = env.Tasks.Length)
            "env.num_envs"
            (whole env.NumEnvs)
            $"{env.Tasks.Length}, the number of tasks"
            "env.tasks chooses tasks."

        unless
            (isChosen || family.HasGoals || env.TestTasks = env.Tasks)
            "env.test_tasks"
            (Value.OfTexts env.TestTasks)
            "env.tasks"
            "Other tasks are tested with env=metaworld-…"

        unless
            (isChosen || hasNone || not env.TestTasks.IsEmpty)
            "env.test_tasks"
            (Value.List [])
            "a list of at least one task"
            ""
    ]
