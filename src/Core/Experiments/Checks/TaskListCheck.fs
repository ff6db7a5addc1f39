/// The tasks that are learned and those that are tested: of one family, each once, as many as the environments.
module internal MtrlFunctional.Experiments.TaskListCheck

open MtrlFunctional
open MtrlFunctional.Experiments.Requirement

/// What is wrong with them.
let conflicts (e: Experiment) : ConfigError list =
    let env = e.Environment
    let tasks = env.Tasks |> List.map Value.Text |> Value.List
    let family = e.Choices.Env.Family
    let hasTasks = not (VariantCheck.isWithoutTasks e)
    // What follows from an empty list is not repeated.
    let hasNone = env.Tasks.IsEmpty
    let isMeta = e.Choices.Env.IsMetaLearning

    List.concat [
        unless
            (not hasTasks || not env.Tasks.IsEmpty)
            "env.tasks"
            tasks
            "a list of at least one task"
            (if family.Joins then
                 "Of Meta-World and DeepMind Control: env.tasks=[reach,dmc-walker-walk]"
             else
                 "")

        match family.WrongTasks env.NumEnvs env.Tasks with
        | Some(allowed, advice) -> unless false "env.tasks" tasks allowed advice
        | None -> ()

        unless
            (not (family.IsOwn && family.IsGiven) || env.Horizon = e.Choices.Env.Horizon)
            "env.horizon"
            (whole env.Horizon)
            (string e.Choices.Env.Horizon)
            $"The extension {e.Choices.Env.Name} has episodes of this length."

        unless
            (family.HasVariants || List.distinct env.Tasks = env.Tasks)
            "env.tasks"
            tasks
            "without repetition"
            "Each task has one index."

        unless
            (not hasTasks || hasNone || env.NumEnvs = env.Tasks.Length)
            "env.num_envs"
            (whole env.NumEnvs)
            $"{env.Tasks.Length}, the number of tasks"
            "env.tasks chooses tasks."

        unless
            (isMeta
             || family.HasVariants
             || family.HasGoals && not (Observed.seesTaskId e)
             || env.TestTasks = env.Tasks)
            "env.test_tasks"
            (env.TestTasks |> List.map Value.Text |> Value.List)
            (if family.HasGoals then
                 "env.tasks where observations have one-hot task columns"
             else
                 "env.tasks")
            (if family.HasGoals then
                 "behaviour.one_hot_tasks=False has none, nor have env=metaworld-ml10 and its like."
             else
                 "Other tasks are tested with env=metaworld-…")

        let both =
            if env.TestTasks = env.Tasks then
                []
            else
                env.Tasks |> List.filter (fun task -> List.contains task env.TestTasks)

        // In Meta-World's ML25, basketball is trained and tested.
        unless
            (both.IsEmpty || not family.HasGoals || isMeta || Observed.seesTaskId e)
            "env.tasks"
            tasks
            $"""without {String.concat ", " both} of env.test_tasks"""
            "A task is either trained or tested. Without env.tasks, the remaining tasks of the benchmark are trained."

        unless
            (not family.HasGoals || env.TestTasks |> List.forall TaskNames.isMetaWorld)
            "env.test_tasks"
            (env.TestTasks |> List.map Value.Text |> Value.List)
            "tasks of Meta-World with env=metaworld-…"
            "An experiment has one family of environments."

        unless
            (not hasTasks || hasNone || not env.TestTasks.IsEmpty)
            "env.test_tasks"
            (Value.List [])
            "a list of at least one task"
            ""
    ]
