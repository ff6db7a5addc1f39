/// Experiments whose environments differ from the training environments: other tasks, another horizon, another reward.
module MtrlFunctional.Experiments.EvaluatedTasks

open MtrlFunctional.Spaces
open MtrlFunctional.Tasks
open MtrlFunctional.Tasks.MetaWorld

/// The experiment with changed on-policy keys; unchanged with another algorithm.
let private withOnPolicy change (e: Experiment) = {
    e with
        Experiment.Agent.Algorithm.OnPolicy = e.Agent.Algorithm.OnPolicy |> Option.map change
}

let private withoutLag (keys: OnPolicyKeys) = { keys with Lag = 0; Asynchronous = false }

/// The experiment on other tasks of Meta-World: its networks have parts for these, in this order. Each of their episodes draws
/// one of the goals of its task.
[<CompiledName("OfTasks")>]
let internal ofTasks (tasks: string list) (e: Experiment) : Experiment =
    let seesTaskId = Observed.seesTaskId e

    {
        e with
            Experiment.Behaviour.OneHotTasks = seesTaskId
            Environment = {
                EnvironmentKeys.withTasks tasks e.Environment with
                    IdentifiesOneTask = seesTaskId
                    GoalSelection = GoalSelection.Random
            }
            Experiment.Agent.Multitask.NumEnvs = tasks.Length
            Experiment.Agent.Multitask.TaskEncoder.NumEmbeddings = tasks.Length
            Experiment.Agent.Multitask.TaskEncoder.PretrainedOrder = tasks
    }
    |> withOnPolicy withoutLag

/// Whether the tasks of its evaluations have sentences that the networks of its training do not have: `ofTasks` has them.
[<CompiledName("HaveOtherSentences")>]
let internal haveOtherSentences (e: Experiment) =
    NetworkTasks.areKnownBySentences e
    && e.Choices.Env.Family.HasGoals
    && e.Environment.TestTasks <> e.Environment.Tasks

/// The experiment with changed keys of its agent's memory, which agents without a memory do not read.
let private withMemory (change: MemoryKeys -> MemoryKeys) (e: Experiment) =
    match e.Agent.Algorithm.Memory with
    | Some memory -> { e with Experiment.Agent.Algorithm.Memory = Some(change memory) }
    | None -> { e with Experiment.Agent.Context.Memory = change e.Agent.Context.Memory }

/// The experiment that learns from episodes of an evaluation: the policy that learns plays them, and nothing learns to predict
/// goals, which their environments hide.
let internal forAdaptation (e: Experiment) =
    e
    |> withOnPolicy withoutLag
    |> withMemory (fun memory -> {
        memory with
            GoalWeight = memory.GoalWeight |> Option.map (fun _ -> 0.0)
    })

/// The experiment with episodes of at most as many steps.
let internal withHorizon steps (e: Experiment) =
    { e with Experiment.Environment.Horizon = steps }
    |> withOnPolicy (fun keys -> { keys with EpisodeLength = min steps keys.EpisodeLength })

/// The trials of an agent with a memory; none for others.
let trial (e: Experiment) : Trial option = AgentMemory.tryTrial e.Agent

/// The experiment of an agent with a memory with other trials, as Meta-World evaluates: each episode after the exploration ends
/// at its first success and counts by itself.
let internal withTrial (trial: Trial) (e: Experiment) : Experiment =
    e |> withMemory (fun memory -> { memory with Trial = trial; CountsEach = true })

/// The on-policy experiment whose iterations have as many episodes of each task, or trials of an agent with a memory. They are
/// as long as in training; none ends early after a success, as in Meta-World, which ends only episodes of evaluations.
[<CompiledName("WithEpisodes")>]
let internal withEpisodes count (e: Experiment) =
    let steps = AgentMemory.rowSteps e.Agent

    e
    |> withOnPolicy (fun keys -> {
        keys with
            BatchSize = count * e.Environment.NumEnvs * steps
            MinEpisodes = None
            MaxEpisodes = None
            StepsAfterSuccess = None
            RememberedSuccesses = 0
            Workers = 1
    })

/// The first three of some tasks, and the number of the others.
let internal names (tasks: string list) =
    let first = tasks |> List.truncate 3 |> String.concat ", "

    if tasks.Length > 3 then
        $"{first} and {tasks.Length - 3} more"
    else
        first

/// Whether some tasks of a run are of classic families.
[<CompiledName("HasClassic")>]
let internal hasClassic (trained: Experiment) =
    List.exists trained.Choices.Env.Family.HasStates trained.Environment.Tasks

/// Whether an evaluation without unseen goals plays goals, or task states, of training. `isOfTraining`: it is asked for these.
let playsTrainingGoals isOfTraining (tasks: string list) (trained: Experiment) =
    let env = trained.Environment

    let hasStates = List.exists trained.Choices.Env.Family.HasStates tasks

    isOfTraining
    || not (trained.Choices.Env.IsMetaLearning)
       && not (hasStates && env.Classic.TestTaskStates > 0)
       && tasks |> List.forall (fun task -> List.contains task env.Tasks)

/// The seed of its goals, or of its task states; none where its tasks have different seeds.
let goalSeed isOfTraining (tasks: string list) (trained: Experiment) : int64 option =
    let env, seed = trained.Environment, uint32 trained.Setup.SeedRef

    let ofTest =
        Suites.seedOfGoals seed (trained.Choices.Env.IsMetaLearning) Suites.Split.Test env.TestTasks

    let seedOf task =
        if trained.Choices.Env.Family.HasStates task then
            env.Classic.TaskSeed
        elif not isOfTraining && List.contains task env.TestTasks then
            int64 ofTest
        else
            int64 seed

    match tasks |> List.map seedOf |> List.distinct with
    | [ seed ] -> Some seed
    | _ -> None
