/// `mtrl eval RUN`: evaluates the policy of a run on separate environments.
module MtrlFunctional.Cli.Commands.EvalCommand

open System
open System.IO
open Argu
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Storage
open MtrlFunctional.Tasks
open MtrlFunctional.Training
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Tables
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.With

type Options =
    | [<MainCommand; ExactlyOnce>] Run of folder: string
    | Episodes of count: int
    | All_Goals
    | Goals of which: string
    | Goal_Seed of seed: int64
    | Tasks of list: string
    | Horizon of steps: int
    | Reward of version: string
    | Actor of word: string
    | Adapt of method: string
    | Shots of episodes: string
    | Infer_Theta of transitions: int
    | Trial of episodes: string
    | Step of step: int64
    | Json of file: string
    | Aggregates of names: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Run _ ->
                "folder of a run or of a checkpoint, e.g. runs/quickstart/seed-1, file of a policy (mtrl export), or policy:mt10"
            | Episodes _ -> "episodes per task (default: as in the run)"
            | All_Goals ->
                "one episode with each goal or task state of each evaluated task (50 in most benchmarks; in meta-learning, test goals)"
            | Goals _ ->
                "train: one episode with each goal or task state of training; unseen or unseen:N: these and N goals of each task that no episode had before (default: 50)"
            | Goal_Seed _ ->
                "seed of the unseen goals (default: 1,000 above the run's seed; for task states env.task_seed)"
            | Tasks _ ->
                "tasks of Meta-World instead of the run's: names, benchmarks (MT50, ML10-test), or MT50-rest: the tasks of MT50 that the policy was not trained on; commas between them"
            | Horizon _ -> "steps of an episode (default: as in the run)"
            | Reward _ -> "reward of Meta-World's tasks, v1 or v2 (default: as in the run)"
            | Actor _ ->
                "what acts, with the tasks, goals, horizon and rewards of the run: trained (default), expert: the scripted expert of each task of Meta-World, or random: uniformly random actions"
            | Adapt _ ->
                "learn from episodes of each task before each evaluation; the run is not changed. none: no learning, as without this option; finetune: everything learns, as in training; theta: only parameters of single tasks, such as embeddings, heads and weights of one-hot columns; context: nothing, tasks are inferred from the episodes (agent.context.method); search: nothing, each episode has other parameters of its task, and the best episode's parameters act. In meta-learning, and by a search, each goal is learned and evaluated by itself"
            | Shots _ ->
                "with --adapt: episodes of each task to learn from, e.g. 0,1,10: an evaluation each, all from the same checkpoint. On-policy agents play them in iterations of at most the training size, with an update after each; soft actor-critic updates after each step of them"
            | Infer_Theta _ ->
                "first infer the encoding of each task from this many of its transitions, with frozen networks"
            | Trial _ ->
                "of a recurrent agent, in place of the trials of its training: numbers of exploration episodes and of evaluated ones, e.g. 10,3. The latter end at their first success, and success is their mean, as Meta-World evaluates"
            | Step _ -> "step of the checkpoint (default: the newest complete one)"
            | Json _ -> "also write the result to a JSON file"
            | Aggregates _ -> Aggregates.usage

/// The aggregates of --aggregates, else the run's.
let private aggregates (trained: Experiment) (options: ParseResults<Options>) =
    match options.TryGetResult Aggregates with
    | Some words -> Aggregates.read words
    | None -> trained.Logging.Aggregates

type private Goals =
    /// Drawn from the goals of the run's evaluations.
    | Drawn
    /// Every goal of the run's evaluations.
    | EachEvaluated
    | EachTrained
    /// These, and others.
    | WithUnseen of UnseenGoals

let private goals (options: ParseResults<Options>) =
    match options.TryGetResult Goals, options.TryGetResult Goal_Seed with
    | Some _, _ when options.Contains All_Goals ->
        refuse "--all-goals and --goals: both choose the goals; give one of them."
    | None, None when options.Contains All_Goals -> EachEvaluated
    | None, None -> Drawn
    | Some "train", None -> EachTrained
    | Some which, seed when which <> "train" -> WithUnseen(EvaluationWords.unseenGoals which seed)
    | _ -> refuse "--goal-seed: is the seed of unseen goals; use --goals unseen."

/// Of each task: results of all of them are held in memory.
let private mostEpisodes = 100_000

/// Transitions of a task that its encoding is inferred from, at most.
let private mostTransitions = 1_000_000

let private check (goals: Goals) (options: ParseResults<Options>) =
    if goals <> Drawn && options.Contains Episodes then
        refuse
            "--all-goals or --goals, and --episodes: both set the number of episodes; give one of them."

    if goals.IsWithUnseen && options.Contains Infer_Theta then
        refuse
            "--goals unseen and --infer-theta: tasks with unseen goals are not inferred; give one of them."

    options.TryGetResult Episodes
    |> Option.iter (fun count ->
        if count < 1 || count > mostEpisodes then
            refuse $"--episodes {count}: must be from 1 to {mostEpisodes:N0}.")

    options.TryGetResult Infer_Theta
    |> Option.iter (fun transitions ->
        if transitions < 1 || transitions > mostTransitions then
            refuse
                $"--infer-theta {transitions}: must be from 1 to {mostTransitions:N0} transitions of each task.")

let private reward =
    oneOf [ "v1", RewardVersion.V1; "v2", RewardVersion.V2 ] "--reward"

let private tasks (trained: Experiment) words =
    TaskLists.read trained.Environment.Tasks words
    |> Result.defaultWith (fun message -> refuse $"--tasks {message}")
    |> List.toArray

let private checkAdapted
    (trained: Experiment)
    (adaptation: Adaptation)
    (goals: Goals)
    (options: ParseResults<Options>)
    =
    if options.Contains Infer_Theta then
        refuse "--adapt and --infer-theta: both adapt the policy; give one of them."

    if adaptation.IsGoalByGoal trained && (goals <> Drawn || options.Contains Episodes) then
        let whose =
            if trained.Choices.Env.IsMetaLearning then
                $" of {trained.Environment.Name}"
            else
                ""

        refuse
            $"--adapt {EvaluationWords.methodName adaptation.Method}: each goal{whose} is learned and evaluated by itself; leave --goals, --all-goals and --episodes out."

let private actor (options: ParseResults<Options>) =
    let actor =
        options.TryGetResult Actor
        |> Option.map EvaluationWords.actorOf
        |> Option.defaultValue EvaluationActor.Trained

    for option, name in
        [
            options.TryGetResult Adapt |> Option.exists EvaluationWords.adapts, "--adapt"
            options.Contains Infer_Theta, "--infer-theta"
            options.Contains Step, "--step"
        ] do
        if option && actor <> EvaluationActor.Trained then
            refuse
                $"--actor {EvaluationWords.actorName actor} and {name}: this actor was not trained; give one of them."

    actor

let private settings (trained: Experiment) (goals: Goals) (options: ParseResults<Options>) =
    EvaluationOptions(
        Actor = actor options,
        Episodes = Option.toNullable (options.TryGetResult Episodes),
        Step = Option.toNullable (options.TryGetResult Step),
        AllGoals = goals.IsEachEvaluated,
        TrainingGoals = goals.IsEachTrained,
        InferFrom = Option.toNullable (options.TryGetResult Infer_Theta),
        Tasks = (options.TryGetResult Tasks |> Option.map (tasks trained) |> Option.toObj),
        Horizon = Option.toNullable (options.TryGetResult Horizon),
        Trial = (options.TryGetResult Trial |> Option.map EvaluationWords.trial |> Option.toObj),
        Reward = (options.TryGetResult Reward |> Option.map reward |> Option.toNullable),
        Extensions = Given.extensions (),
        Notice = Action<string> TrainingSession.notice
    )

let private protocol
    (trained: Experiment)
    (goals: Goals)
    (adaptation: Adaptation option)
    (settings: EvaluationOptions)
    : EvaluationJson.Protocol =
    let env = trained.Environment

    let tasks =
        match Option.ofObj settings.Tasks with
        | Some tasks -> List.ofSeq tasks
        | None when goals.IsEachTrained -> env.Tasks
        | None -> env.TestTasks

    let method', shots =
        match adaptation, trained.Agent.Algorithm.Adaptation with
        | Some adaptation, _ ->
            EvaluationWords.methodName adaptation.Method, List.ofSeq adaptation.Shots
        | None, Some keys -> "maml", [ AdaptationKeys.episodesToLearnFrom keys ]
        | None, None -> "none", [ 0 ]

    {
        Name =
            match goals with
            | _ when adaptation |> Option.exists _.IsGoalByGoal(trained) -> "goal-by-goal"
            | Drawn -> "drawn-goals"
            | EachEvaluated -> "all-goals"
            | EachTrained -> "training-goals"
            | WithUnseen _ -> "unseen-goals"
        Tasks = tasks
        AreGoalsKnown = EvaluatedTasks.playsTrainingGoals goals.IsEachTrained tasks trained
        GoalSeed = EvaluatedTasks.goalSeed goals.IsEachTrained tasks trained
        Horizon = settings.Horizon |> Option.ofNullable |> Option.defaultValue env.Horizon
        RewardVersion =
            if List.exists TaskNames.isMetaWorld tasks then
                let version =
                    settings.Reward |> Option.ofNullable |> Option.defaultValue env.RewardVersion

                version.ToString().ToLowerInvariant()
            else
                null
        Actor = EvaluationWords.actorName settings.Actor
        Trial =
            match Option.ofObj settings.Trial, EvaluatedTasks.trial trained with
            | Some trial, _ -> Some(EvaluationJson.trial "mean" trial)
            | None, Some trial -> Some(EvaluationJson.trial "any" trial)
            | None, None -> None
        Method = method'
        Shots = shots
        InferredFrom = Option.ofNullable settings.InferFrom
    }

/// The table and the JSON text of an evaluation.
let private evaluate
    (trained: Experiment)
    (goals: Goals)
    adaptation
    (options: ParseResults<Options>)
    aggregates
    stop
    =
    let run = options.GetResult Run
    let settings = settings trained goals options
    let protocol = protocol trained goals adaptation settings

    match goals, adaptation with
    | _, Some adaptation ->
        let unseen =
            match goals with
            | WithUnseen unseen -> Some unseen
            | Drawn
            | EachEvaluated
            | EachTrained -> None

        let adapted =
            RunEvaluation.Adapt(run, adaptation, Option.toObj unseen, settings, stop)
            |> List.ofSeq

        AdaptationTable.text aggregates adapted, EvaluationJson.ofAdapted protocol adapted
    | WithUnseen unseen, None ->
        let evaluation = RunEvaluation.CompareGoals(run, unseen, settings, stop)

        GoalTable.text settings.Actor aggregates evaluation,
        EvaluationJson.ofGoals protocol evaluation
    | (Drawn | EachEvaluated | EachTrained), None ->
        let evaluation = RunEvaluation.Evaluate(run, settings, stop)

        EvaluationTable.text settings.Actor protocol.InferredFrom aggregates evaluation,
        EvaluationJson.ofResult protocol evaluation

/// The file for the result. Raises MtrlException for the file of the policy.
let private jsonFile policy (file: string) =
    let file = Command.checkedFile "--json" file

    if policy <> "" && Path.GetFullPath file = Path.GetFullPath policy then
        refuse $"--json {file}: is the policy itself, which would be lost. Name another file."

    file

/// Ctrl-C ends an evaluation without a result.
let private run (options: ParseResults<Options>) =
    let goals = goals options
    check goals options

    let file =
        options.TryGetResult Json |> Option.map (jsonFile (options.GetResult Run))

    let adaptation =
        EvaluationWords.adaptation (options.TryGetResult Adapt) (options.TryGetResult Shots)

    let trained = RunEvaluation.ExperimentOf(options.GetResult Run, Given.extensions ())

    adaptation
    |> Option.iter (fun adaptation -> checkAdapted trained adaptation goals options)

    let aggregates = aggregates trained options

    StopSignals.Cancelling(fun stop ->
        let table, json = evaluate trained goals adaptation options aggregates stop
        printf "%s" table
        file |> Option.iter (fun file -> OutputFile.WriteText(file, json)))

let command =
    Command.define
        "eval"
        "Evaluates the policy of a run on separate environments."
        [
            "mtrl eval runs/quickstart/seed-1"
            "mtrl eval runs/quickstart/seed-1 --episodes 50 --json result.json"
            "mtrl eval policy:mt10 --all-goals"
            "mtrl eval policy:mt10 --goals unseen:50 --goal-seed 7"
            "mtrl eval policy:mt10 --all-goals --actor expert"
            "mtrl eval runs/fast-mt10/seed-1 --tasks MT50-rest --adapt finetune --shots 0,25,250"
            "mtrl eval runs/fast-ml10-search/seed-1 --tasks ML10-test --adapt search --shots 10"
            "mtrl eval runs/context/seed-1 --adapt context --shots 0,1,5"
            "mtrl eval runs/rl2-ml1-reach/seed-1 --all-goals --trial 10,3"
            "mtrl eval runs/hipbmdp/seed-1 --infer-theta 1000"
            "mtrl eval runs/fast-mt10/seed-1 --all-goals --aggregates median,worst"
        ]
        run
    |> Command.completingBesideFiles Command.policyNames
