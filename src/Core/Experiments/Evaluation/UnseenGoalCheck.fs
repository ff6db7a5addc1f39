/// Why a policy cannot be compared on goals, or task states of a classic family, that it was not trained on.
module internal MtrlFunctional.Experiments.UnseenGoalCheck

open MtrlFunctional.Tasks.Classic

/// A classic family has fewer states beside the trained ones.
let private countFault count (trained: Experiment) (family: ClassicName) =
    let environment = trained.Environment

    match Classic.count family environment.Classic.Parameters with
    | Some all when environment.Classic.TaskStates + count > all ->
        let others = all - environment.Classic.TaskStates
        let remedy = if others > 0 then $": --goals unseen:{others}." else "."

        Some
            $"{environment.Name} has {all} task states and was trained on {environment.Classic.TaskStates}, so there are not {count} \
others{remedy}"
    | _ -> None

let private statesFault count (trained: Experiment) family =
    let tasks = trained.Environment.NumEnvs

    if trained.Agent.Context.Method = ContextMethod.Set then
        Some
            $"infers its tasks, so that it plays others after episodes of each: --adapt context --shots 1 --goals unseen:{tasks}."
    elif tasks > 1 then
        Some
            $"each of its {tasks} tasks is one task state, and its networks have a part for each of them: leave --goals out."
    else
        countFault count trained family

let private goalsFault (plan: PlannedEvaluation) =
    let trained = plan.Trained
    let environment, env = trained.Environment, trained.Choices.Env

    if env.Family.Joins && not (List.exists TaskNames.isMetaWorld environment.Tasks) then
        Some
            "only Meta-World's tasks have unseen goals, and none of its tasks is one: leave --goals out."
    elif not (env.Family.Joins || env.Family.HasGoals) then
        Some
            $"only Meta-World's tasks and the classic families have unseen goals, and this policy is of {environment.Name}. Its \
evaluation has variants that it was not trained on, if there are any: leave --goals out."
    elif
        env.IsMetaLearning
        || plan.Evaluated.Environment.TestTasks <> plan.Evaluated.Environment.Tasks
    then
        Some "is evaluated on goals or tasks that are not trained on already: leave --goals out."
    elif environment.GoalSelection = GoalSelection.Fixed then
        Some
            "was trained on one goal of each task (env.goal_selection=fixed), so there are no goals of training to compare others \
with: 'mtrl eval --all-goals' plays fifty goals of each task, one of which it was trained on."
    else
        None

/// Why a policy cannot be compared on `count` other goals of each task, if it cannot.
[<CompiledName("Fault")>]
let fault count (plan: PlannedEvaluation) : string option =
    let trained = plan.Trained

    if trained.Agent.Algorithm.Adaptation.IsSome then
        Some
            $"agent={trained.Choices.Agent.Name} learns each goal before it is evaluated on it: leave --goals out."
    else
        match trained.Choices.Env.Family.TaskStates with
        | Some family -> statesFault count trained family
        | None -> goalsFault plan

/// The tasks without goals of training, if the evaluation has some: only a policy that adapts to their goals plays them.
[<CompiledName("UntrainedFault")>]
let untrainedFault (plan: PlannedEvaluation) : string option =
    match List.except plan.Trained.Environment.Tasks plan.Evaluated.Environment.TestTasks with
    | [] -> None
    | others ->
        let names = String.concat ", " others

        Some
            $"was not trained on {names}, so there are no goals of training to compare others with: leave --goals out, or name trained \
tasks in --tasks."

/// Why a policy that infers its tasks cannot play `count` other task states, if it cannot.
[<CompiledName("InferredFault")>]
let inferredFault count (plan: PlannedEvaluation) : string option =
    let trained = plan.Trained
    let tasks = trained.Environment.NumEnvs

    match trained.Choices.Env.Family.TaskStates with
    | None ->
        Some
            "with --adapt context, other tasks of Meta-World are named by --tasks, and the variants of a model by the run's own \
evaluation: leave --goals out."
    | Some _ when count <> tasks -> Some $"infers {tasks} tasks at a time: --goals unseen:{tasks}."
    | Some family -> countFault count trained family
