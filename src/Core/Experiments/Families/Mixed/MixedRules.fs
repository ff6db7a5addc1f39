/// What must hold for tasks of several families in one policy.
module internal MtrlFunctional.Experiments.MixedRules

open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.Classic

/// Whether the tasks can be joined.
let private spaces (e: Experiment) =
    let env, word = e.Environment, $"env={e.Choices.Env.Name}"

    let wrong allowed why =
        wrong "env.tasks" $"{allowed} with {word}" |> because why

    let isIndexed task =
        Classic.isTask task && (TaskNames.tryClassic task).IsNone

    match e.Choices.Env.Family.OwnSpaces env.Classic env.Horizon env.Tasks with
    // An empty list is reported elsewhere.
    | None
    | Some [] -> []
    | Some tasks ->
        let specs = [ for name, spaces in tasks -> name, spaces.Spec ]

        match List.tryFind isIndexed env.Tasks, MixedSpaces.join specs with
        | Some task, _ ->
            wrong
                "classic families without an index"
                $"{task} is one of several tasks of env=mt-… env.num_envs=…; beside tasks of other families, mt-cartpole and its like have {ClassicKeys.taskStates} task states."
        | None, Error why -> wrong "tasks that can be joined" why
        | None, Ok _ -> []

let private conflicts (e: Experiment) : Conflict list =
    List.concat [
        spaces e

        if List.contains "cartpole" e.Environment.Tasks then
            ClassicRules.force e
    ]

let rules = { FamilyRules.Of MixedWords.words with Conflicts = conflicts }
