/// What the networks of an experiment observe: the observation of an environment and, where nothing
/// else names the task, one-hot task columns behind it.
///
/// Reading order: isOneHot (of choices) → environment, taskSizes, seesTaskId … (of an experiment).
module MtrlFunctional.Experiments.Observed

open MtrlFunctional.Spaces

/// Whether task columns follow each observation. A task of the test part has no index, so there are
/// none in meta-learning and for variants.
let internal isOneHot (env: EnvChoice) isOn tasks isKnownOtherwise =
    isOn
    && tasks > 1
    && not isKnownOtherwise
    && not env.IsMetaLearning
    && not env.Family.HasVariants

/// The environments of an experiment, without task columns: of an agent with a memory, trials of them, and of one that computes
/// a context, with a history.
[<CompiledName("Environment")>]
let environment (e: Experiment) =
    let env = e.Environment

    let single =
        e.Choices.Env.Family.Spec env.Classic env.DmControl env.Horizon env.Tasks

    match AgentMemory.tryTrial e.Agent, AgentMemory.tryHistory e.Agent with
    | Some trial, _ -> single |> Option.map (Trial.spec trial)
    | None, Some history -> single |> Option.map (History.spec history)
    | None, None -> single

/// Spaces of the tasks of an experiment, where its family may have tasks with different ones; else none.
let private mixedSpaces (e: Experiment) : TaskSpaces list =
    let env = e.Environment

    e.Choices.Env.Family.OwnSpaces env.Classic env.Horizon env.Tasks
    |> Option.defaultValue []
    |> List.map snd

/// The specs of the tasks themselves, where tasks of an experiment differ in the sizes of observations or actions; else none.
let internal ownSpecs (e: Experiment) : EnvironmentSpec list =
    let specs = mixedSpaces e |> List.map _.Spec
    let sizes = specs |> List.map MixedSpaces.sizesOf |> List.distinct
    if sizes.Length > 1 then specs else []

/// Numbers of each task's own observations and of its actions, where tasks of an experiment differ in them; else none.
[<CompiledName("TaskSizes")>]
let internal taskSizes (e: Experiment) : (int * int) list =
    ownSpecs e |> List.map MixedSpaces.sizesOf

/// The group of each task: tasks of one embodiment with observations and actions of equal sizes. Groups are counted from 0 in
/// the order of their first tasks. Of tasks of one family: one group.
let internal embodimentGroups (e: Experiment) : int list =
    let kinds = [ for task in mixedSpaces e -> task.Embodiment, MixedSpaces.sizesOf task.Spec ]

    match List.distinct kinds with
    | [] -> List.replicate e.Environment.NumEnvs 0
    | groups -> [ for kind in kinds -> List.findIndex ((=) kind) groups ]

/// Numbers of each task's own actions, where tasks differ in them; else none.
let internal actionSizes (e: Experiment) =
    let sizes = taskSizes e |> List.map snd
    if (List.distinct sizes).Length > 1 then sizes else []

/// Whether an experiment observes images.
[<CompiledName("IsImages")>]
let isImages (e: Experiment) =
    e.Choices.Env.Family.HasImages && e.Environment.DmControl.FromPixels

/// Whether one-hot task columns follow each observation: where the networks would not know the task
/// otherwise. The original MT-SAC does not know it. Images have none: a convolution reads pixels. Some agents
/// find out.
let internal seesTaskId (e: Experiment) =
    let multitask = e.Agent.Multitask

    not (isImages e)
    && not e.Choices.Agent.Family.FindsTask
    && isOneHot
        e.Choices.Env
        e.Behaviour.OneHotTasks
        (e.Environment.NumEnvs + (if e.Environment.IdentifiesOneTask then 1 else 0))
        (multitask.UseTaskEncoder || multitask.Model.KnowsTasks)

/// Task columns behind each observation: one for each task, or 0.
[<CompiledName("TaskColumns")>]
let taskColumns (e: Experiment) =
    if seesTaskId e then e.Environment.NumEnvs else 0

/// Keys that determine the environments and their episodes: a comparison of results must state them.
let environmentKeys (e: Experiment) = e.Choices.Env.Family.Compared
