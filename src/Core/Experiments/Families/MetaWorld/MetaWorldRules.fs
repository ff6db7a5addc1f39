/// Which tasks of a benchmark of Meta-World an experiment trains on, and which it may test.
module internal MtrlFunctional.Experiments.MetaWorldRules

open MtrlFunctional.Experiments.Requirement

let private fullName =
    function
    | Value.Text name -> TaskNames.tryTask name
    | _ -> None

/// The tasks that are not among the tested ones.
let private without tested tasks =
    let tested = List.choose fullName tested

    tasks
    |> List.filter (fullName >> Option.forall (fun name -> not (List.contains name tested)))

/// Of a multi-task benchmark: without tasks that are left for the test, where there are others, and ten of MT50 where the
/// original trains on these.
let private tasks choices _ (resolved: Map<string, Value>) given =
    let isTen =
        choices.Env = MetaWorldWords.mt50
        && Choices.isOnPolicy choices
        && resolved["behaviour.fifty_tasks_in_mt50"] = Value.Bool false

    let all =
        if isTen then
            Value.OfTexts TaskNames.mt10
        else
            resolved["env.tasks"]

    let left =
        match choices.Env, Map.tryFind "env.test_tasks" given, all with
        | { IsMetaLearning = false; Tasks = Some _ }, Some(Value.List tested), Value.List tasks ->
            without tested tasks
        | _ -> []

    [
        if not left.IsEmpty then
            "env.tasks", Value.List left, "env.test_tasks"
        elif isTen then
            "env.tasks", all, "behaviour.fifty_tasks_in_mt50"
    ]

/// What is wrong with the tasks that are tested.
let private conflicts (e: Experiment) =
    let env = e.Environment
    let isKnown = e.Choices.Env.IsMetaLearning || env.TestTasks = env.Tasks
    let hasColumns = Observed.seesTaskId e
    let both = env.Tasks |> List.filter (fun task -> List.contains task env.TestTasks)

    List.concat [
        (isKnown || not hasColumns)
        |> orElse "env.test_tasks" "env.tasks where observations have one-hot task columns"
        |> because
            "behaviour.one_hot_tasks=False has none, nor have env=metaworld-ml10 and its like."

        // In Meta-World's ML25, basketball is trained and tested.
        (isKnown || both.IsEmpty || hasColumns)
        |> orElse "env.tasks" $"""without {String.concat ", " both} of env.test_tasks"""
        |> because
            "A task is either trained or tested. Without env.tasks, the remaining tasks of the benchmark are trained."

        List.forall TaskNames.isMetaWorld env.TestTasks
        |> orElse "env.test_tasks" "tasks of Meta-World with env=metaworld-…"
        |> because "An experiment has one family of environments."
    ]

let rules = {
    FamilyRules.Of MetaWorldWords.words with
        Follow = tasks
        Conflicts = conflicts
}
