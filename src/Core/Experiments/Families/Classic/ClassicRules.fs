/// What must hold for the task states of classic families, and what follows from their number.
module internal MtrlFunctional.Experiments.ClassicRules

open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Tasks.Classic

/// With several tasks, each has one task state.
let private ofSeveralTasks (e: Experiment) =
    let env, keys = e.Environment, e.Environment.Classic

    List.concat [
        keys.TaskStates = env.NumEnvs
        |> orElse ClassicKeys.taskStates $"{env.NumEnvs}, env.num_envs"
        |> because "With several tasks, each has one task state."

        keys.TestTaskStates = 0
        |> orElse ClassicKeys.testTaskStates "0 with env.num_envs above 1"
        |> because "The networks have no part for a task that they were not trained on."
    ]

/// A finite family has no more task states than these.
let private finite family (e: Experiment) =
    let keys = e.Environment.Classic

    match Classic.count family keys.Parameters with
    | Some count ->
        List.concat [
            keys.TaskStates <= count
            |> orElse ClassicKeys.taskStates $"at most {count}, the task states of the family"

            (keys.TaskStates > count || keys.TaskStates + keys.TestTaskStates <= count)
            |> orElse
                ClassicKeys.testTaskStates
                $"at most {count - keys.TaskStates}, the task states that the training does not have"
            |> because
                $"The family has {count}, and the training has {ClassicKeys.taskStates} of them."
        ]
    | None -> []

/// A cart-pole's force is a number of its task state: a box without forces has no task state.
let force (e: Experiment) =
    let keys = e.Environment.Classic
    // With room for draws to meet it.
    let largest = 0.9 * keys.TrainBox * CartPole.maxForce

    (keys.TrainBox = 1.0 || keys.Parameters.MinForce <= largest)
    |> orElse
        ClassicKeys.minForce
        $"at most %g{largest} N, nine tenths of the largest force of the box of {ClassicKeys.trainBox}"

let private conflicts (e: Experiment) : Conflict list =
    let family = e.Choices.Env.Family.TaskStates

    List.concat [
        if e.Environment.NumEnvs > 1 then
            ofSeveralTasks e

        match family with
        | Some family -> finite family e
        | None -> ()

        if family = Some ClassicName.CartPole then
            force e
    ]

/// Several tasks: each has one task state, and its index in place of the task observation.
let private severalStates choices _ _ given = [
    match
        choices.Env.Family.TaskStates,
        Map.tryFind "env.num_envs" given |> Option.bind ValueText.whole
    with
    | Some family, Some count when 1L < count && count <= 10_000L ->
        for key, value in
            [
                "env.tasks", Value.OfTexts(Classic.taskNames family (int count))
                ClassicKeys.taskStates, Value.Int count
                ClassicKeys.testTaskStates, Value.Int 0L
                ClassicKeys.taskVisible, Value.Bool false
            ] do
            key, value, "env.num_envs"
    | _ -> ()
]

let rules = {
    FamilyRules.Of ClassicWords.words with
        Follow = severalStates
        Conflicts = conflicts
}
