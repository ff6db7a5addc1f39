/// Meta-World: one arm, fifty tasks, goals.
module internal MtrlFunctional.Experiments.MetaWorldWords

open MtrlFunctional.Tasks.MetaWorld

/// Actions of an episode in training. Source: mtrl.
let horizon = 150

let family = {
    EnvFamily.Of "metaworld" with
        Spec = fun _ _ horizon _ -> Some(MetaWorldSpaces.spec horizon)
        WrongTasks =
            fun _ ->
                EnvFamily.Only
                    (List.forall TaskNames.isMetaWorld)
                    "tasks of Meta-World with env=metaworld-…"
                    "An experiment has one family of environments."
        Accepts = DmControlKeys.ofSets
        HasGoals = true
}

let private create word about tasks =
    EnvChoice.Of($"metaworld-{word}", about, family, horizon, tasks)

let private one word about = { create word about [] with Tasks = None; Count = 1 }

let private metaLearning word number =
    let name = (word: string).ToUpperInvariant()

    {
        create
            word
            $"{number} Meta-World tasks, goals hidden; five others to test"
            (TaskNames.train name) with
            TestTasks = Some(TaskNames.test name)
            IsMetaLearning = true
    }

let mt10 = create "mt10" "ten Meta-World tasks" TaskNames.mt10
let mt50 = create "mt50" "all Meta-World tasks" TaskNames.mt50

let words = [
    one "mt1" "one Meta-World task, env.benchmark.env_name"
    mt10
    create "mt25" "twenty-five Meta-World tasks" (TaskNames.train "MT25")
    mt50
    {
        one "ml1" "one Meta-World task, goal hidden; other goals to test" with
            IsMetaLearning = true
    }
    metaLearning "ml10" "ten"
    metaLearning "ml25" "twenty-five"
    metaLearning "ml45" "forty-five"
]
