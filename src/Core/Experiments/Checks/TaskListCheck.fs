/// The tasks that are learned and those that are tested: of one family, each once, as many as the environments.
module internal MtrlFunctional.Experiments.TaskListCheck

open MtrlFunctional
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Tasks.Classic

/// What is wrong with them.
let conflicts (e: Experiment) : ConfigError list =
    let env = e.Environment
    let tasks = env.Tasks |> List.map Value.Text |> Value.List
    let isMixed = e.Choices.Env.Family.IsMixed
    let hasTasks = not (VariantCheck.isWithoutTasks e)
    // What follows from an empty list is not repeated.
    let hasNone = env.Tasks.IsEmpty
    let isMeta = e.Choices.Env.IsMetaLearning
    let isMetaWorld = e.Choices.Env.Family.IsMetaWorld

    List.concat [
        unless
            (not hasTasks || not env.Tasks.IsEmpty)
            "env.tasks"
            tasks
            "a list of at least one task"
            (if isMixed then
                 "Of Meta-World and DeepMind Control: env.tasks=[reach,dmc-walker-walk]"
             else
                 "")

        let isOwn, allowed, advice =
            let oneFamily = "An experiment has one family of environments."

            match e.Choices.Env.Family with
            // `VariantCheck` and `MixedCheck` have the reasons.
            | EnvFamily.Variants _
            | EnvFamily.Mixed -> (fun _ -> true), "", ""
            | EnvFamily.DmControl ->
                List.forall TaskNames.isDmControl,
                "tasks of DeepMind Control with env=dmc-…",
                oneFamily
            | EnvFamily.Classic family ->
                let names = Classic.taskNames family env.NumEnvs

                (=) names,
                (names |> List.map Value.Text |> Value.List |> ValueText.print),
                "env.num_envs chooses the tasks of a classic family."
            | EnvFamily.Own spec ->
                let names =
                    match spec, e.Choices.Env.Tasks with
                    | Some _, Some names -> names
                    | _ -> env.Tasks

                (=) names,
                (names |> List.map Value.Text |> Value.List |> ValueText.print),
                $"The extension {e.Choices.Env.Name} has these tasks."
            | EnvFamily.MetaWorld ->
                List.forall TaskNames.isMetaWorld,
                "tasks of Meta-World with env=metaworld-…",
                oneFamily

        unless (isOwn env.Tasks) "env.tasks" tasks allowed advice

        match e.Choices.Env.Family with
        | EnvFamily.Own(Some spec) ->
            unless
                (env.Horizon = spec.Horizon)
                "env.horizon"
                (whole env.Horizon)
                (string spec.Horizon)
                $"The extension {e.Choices.Env.Name} has episodes of this length."
        | _ -> ()

        unless
            (e.Choices.Env.Family.IsVariants || List.distinct env.Tasks = env.Tasks)
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
             || e.Choices.Env.Family.IsVariants
             || isMetaWorld && not (Observed.seesTaskId e)
             || env.TestTasks = env.Tasks)
            "env.test_tasks"
            (env.TestTasks |> List.map Value.Text |> Value.List)
            (if isMetaWorld then
                 "env.tasks where observations have one-hot task columns"
             else
                 "env.tasks")
            (if isMetaWorld then
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
            (both.IsEmpty || not isMetaWorld || isMeta || Observed.seesTaskId e)
            "env.tasks"
            tasks
            $"""without {String.concat ", " both} of env.test_tasks"""
            "A task is either trained or tested. Without env.tasks, the remaining tasks of the benchmark are trained."

        unless
            (not isMetaWorld || env.TestTasks |> List.forall TaskNames.isMetaWorld)
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
