namespace MtrlFunctional.Experiments

open MtrlFunctional
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks

/// What an evaluation asks for; none: as in the run.
type internal EvaluationRequest = {
    /// The trained policy plays, not a reference for it.
    PlaysTrained: bool
    /// The policy learns from episodes before.
    Adapts: bool
    /// Plays goals, or task states, of training.
    TrainingGoals: bool
    /// Tasks of Meta-World.
    Tasks: string list option
    /// Steps of an episode.
    Horizon: int option
    Reward: RewardVersion option
    Trial: Trial option
}

/// The tasks of an evaluation, the run's or others, with the run's horizon and reward or others.
type internal PlannedEvaluation = {
    /// The experiment of the run.
    Trained: Experiment
    Evaluated: Experiment
    /// For each evaluated task its index among the trained tasks, none for others. None: networks and tasks are the run's.
    Indices: int option list option
    /// Whether episodes have the goals, or task states, of training.
    TrainingGoals: bool
}

/// Reading order: parts → checks of trials, goals and tasks → make.
[<RequireQualifiedAccess>]
module internal PlannedEvaluation =
    let private largestHorizon = 1_000_000

    /// The part of its networks that plays the trained tasks in their order only.
    let private partOfTasks (trained: Experiment) =
        let multitask = trained.Agent.Multitask
        let encoder = trained.Agent.Encoder

        if multitask.Model.IsSeparate then
            Some "an agent for each task"
        elif multitask.UseTaskEncoder && multitask.TaskEncoder.IsTheta then
            Some "an inferred encoding of each task"
        elif encoder.Kind.IsMixtureOfExperts && encoder.Mixture.Selection.IsOneToOne then
            Some "an expert for each task"
        else
            None

    let private horizonFault request =
        match request.Horizon with
        | Some steps when steps < 1 || steps > largestHorizon ->
            Some $"horizon {steps}: must be from 1 to {Digits.grouped largestHorizon} steps."
        | _ -> None

    let private trialFault (trained: Experiment) request =
        match request.Trial with
        | None -> None
        | Some _ when (EvaluatedTasks.trial trained).IsNone ->
            Some
                "plays no trials, since its agent has no memory over episodes (agent=rl2, agent.context.method=gru): leave --trial out."
        | Some _ when request.Adapts ->
            Some "learns from trials as in its training: leave --trial or --adapt out."
        | Some trial when not (Trial.canBePlayed trial) ->
            Some
                $"a trial of {Digits.grouped trial.Episodes} episodes, {Digits.grouped trial.Exploration} of them of exploration: must have from 1 to \
{Digits.grouped Trial.Longest} episodes, one of them after the exploration."
        | Some _ -> None

    let private goalsFault (trained: Experiment) request =
        let family = trained.Choices.Env.Family

        let untrained =
            List.except trained.Environment.Tasks (Option.defaultValue [] request.Tasks)

        if not request.TrainingGoals then
            None
        elif family.HasVariants then
            Some "was trained on variants of a model, which have no goals: leave --goals out."
        elif not family.HasGoals then
            None
        elif trained.Environment.GoalSelection = GoalSelection.Fixed then
            Some
                "was trained on one goal of each task (env.goal_selection=fixed), not on each of fifty: leave --goals out."
        elif not untrained.IsEmpty then
            let names = String.concat ", " untrained

            Some
                $"was not trained on {names}, so there are no goals of training: give --all-goals in the place of --goals train, or \
leave such tasks out of --tasks."
        else
            None

    let private familyFault (trained: Experiment) request =
        let option =
            if request.Tasks.IsSome then Some "--tasks"
            elif request.Reward.IsSome then Some "--reward"
            else None

        match option with
        | Some option when not trained.Choices.Env.Family.HasGoals ->
            Some
                $"{option} is for policies that were trained on tasks of Meta-World alone, and the tasks of this one are \
{EvaluatedTasks.names trained.Environment.Tasks}. Leave {option} out."
        | _ -> None

    /// The tasks that it asks for, by name or by what it does; none: those of the run's evaluations.
    let private tasksOf (trained: Experiment) request =
        let environment = trained.Environment

        match request.Tasks with
        | None when not trained.Choices.Env.Family.HasGoals -> None
        | None when request.TrainingGoals -> Some environment.Tasks
        | None when request.Adapts -> Some environment.TestTasks
        | tasks -> tasks

    let private withTasks tasks plan =
        let indexOf task =
            List.tryFindIndex ((=) task) plan.Trained.Environment.Tasks

        {
            plan with
                Evaluated = EvaluatedTasks.ofTasks tasks plan.Evaluated
                Indices = Some(List.map indexOf tasks)
        }

    /// The plan of an evaluation of a run, or why the run has no such tasks or reward, or has networks with parts for its own
    /// tasks only. `path` names the run in messages.
    [<CompiledName("Make")>]
    let make path (trained: Experiment) request : Result<PlannedEvaluation, string> =
        let change ofValue value =
            value |> Option.map ofValue |> Option.defaultValue id

        let ofRun = Option.map (fun fault -> $"{path}: {fault}")

        let fault =
            [
                ofRun (familyFault trained request)
                horizonFault request
                ofRun (trialFault trained request)
                ofRun (goalsFault trained request)
            ]
            |> List.tryPick id

        let plan = {
            Trained = trained
            Evaluated =
                trained
                |> change EvaluatedTasks.withHorizon request.Horizon
                |> change EvaluatedTasks.withTrial request.Trial
                |> change
                    (fun version e -> { e with Experiment.Environment.RewardVersion = version })
                    request.Reward
                |> if request.Adapts then EvaluatedTasks.forAdaptation else id
            Indices = None
            TrainingGoals = request.TrainingGoals
        }

        let environment = trained.Environment

        match fault, tasksOf trained request, partOfTasks trained with
        | Some fault, _, _ -> Error fault
        | None, None, _ -> Ok plan
        | None, Some tasks, _ when tasks = environment.Tasks && tasks = environment.TestTasks ->
            Ok plan
        | None, Some _, Some part when request.PlaysTrained ->
            Error
                $"{path}: its networks have {part}, so they play the tasks of its training in their order only. Leave --tasks out."
        | None, Some tasks, _ -> Ok(withTasks tasks plan)

    /// Why the networks of a run, or the numbers of a file, cannot play tasks for which they have no entries.
    [<CompiledName("Unplayable")>]
    let unplayable (tasks: string seq) =
        $"was not trained on {EvaluatedTasks.names (List.ofSeq tasks)}, and its networks have an entry for each trained task: a one-hot \
column, a head or an embedding. Networks without such entries play any task: networks of the ML benchmarks (env=metaworld-ml10), of \
behaviour.one_hot_tasks=False, and of sentences that describe the tasks \
(agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True). With --adapt finetune, the entry of a new task \
starts as the mean of the others; with agent.context.method=set, --adapt context infers new tasks."

    /// Whether greedy actions may depend on entries of tasks that are not trained: agents that find out their task have none.
    [<CompiledName("ReadsNewTasks")>]
    let readsNewTasks (plan: PlannedEvaluation) =
        let areNew =
            plan.Indices
            |> Option.exists (List.exists (fun (index: int option) -> index.IsNone))

        areNew
        && not plan.Trained.Choices.Agent.Family.FindsTask
        && plan.Trained.Agent.Context.Method <> ContextMethod.Gru
