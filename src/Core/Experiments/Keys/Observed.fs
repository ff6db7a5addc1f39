/// What the networks of an experiment observe: the observation of an environment and, where nothing
/// else names the task, one-hot task columns behind it.
///
/// Reading order: taskSpaces → spec → isOneHot → size (of choices) → environment, taskSizes, seesTaskId … (of an experiment).
module MtrlFunctional.Experiments.Observed

open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.Classic
open MtrlFunctional.Tasks.DmControl
open MtrlFunctional.Tasks.MetaWorld

/// A task of one of several families: its embodiment, and its spaces.
type internal TaskSpaces = {
    /// The arm of Meta-World, a domain of DeepMind Control, or a classic family.
    Embodiment: string
    Spec: EnvironmentSpec
}

/// The spaces of tasks of several families by any of their names; none where a name is not that of a task of one.
let internal taskSpaces (classic: ClassicKeys) horizon tasks : (string * TaskSpaces) list option =
    let isClassic (name: string) (family: string) =
        name = family || name.StartsWith(family + "-")

    let spacesOf name =
        match DmControlTasks.find name, List.tryFind (fst >> isClassic name) Classic.names with
        | Ok task, _ ->
            Some { Embodiment = task.Domain.Model; Spec = DmControlTask.spec 1 horizon [ task ] }
        | Error _, Some(word, family) ->
            Some {
                Embodiment = word
                Spec = Classic.specOf family classic.Parameters classic.TaskVisible horizon
            }
        | Error _, None ->
            TaskNames.tryMetaWorld name
            |> Option.map (fun _ -> { Embodiment = "sawyer"; Spec = MetaWorldSpaces.spec horizon })

    let found = [
        for task in tasks do
            match TaskNames.tryMixed task with
            | Some name -> Option.map (fun spaces -> name, spaces) (spacesOf name)
            | None -> None
    ]

    if List.forall Option.isSome found then
        Some(List.choose id found)
    else
        None

/// Their specs alone.
let internal taskSpecs classic horizon tasks : (string * EnvironmentSpec) list option =
    taskSpaces classic horizon tasks
    |> Option.map (List.map (fun (name, spaces) -> name, spaces.Spec))

/// The spec of the tasks of an environment; none for tasks of another one.
let internal spec
    (env: EnvChoice)
    (classic: ClassicKeys)
    (dmControl: DmControlKeys)
    tasks
    horizon
    : EnvironmentSpec option =
    let images = dmControl.Images

    match env.Family with
    | EnvFamily.Classic family ->
        Some(Classic.specOf family classic.Parameters classic.TaskVisible horizon)
    | EnvFamily.Own spec -> spec |> Option.map (fun spec -> { spec with Horizon = horizon })
    | EnvFamily.Mixed ->
        taskSpecs classic horizon tasks
        |> Option.bind (MixedSpaces.join >> Result.toOption)
    | EnvFamily.DmControl
    | EnvFamily.Variants _ ->
        match tasks |> List.map DmControlTasks.find with
        | [] -> None
        | found when found |> List.forall _.IsOk ->
            let spec = found |> List.choose Result.toOption |> DmControlTask.spec 1 horizon

            Some(
                if dmControl.FromPixels then
                    let pictures = EnvironmentSpec.pictures images.Height images.Width images.Count
                    { spec with Observation = pictures }
                else
                    spec
            )
        | _ -> None
    | EnvFamily.MetaWorld -> Some(MetaWorldSpaces.spec horizon)

/// Whether task columns follow each observation. A task of the test part has no index, so there are
/// none in meta-learning and for variants.
let internal isOneHot (env: EnvChoice) isOn tasks isKnownOtherwise =
    isOn
    && tasks > 1
    && not isKnownOtherwise
    && not (env.IsMetaLearning)
    && not (env.Family.IsVariants)

/// Numbers of an observation with its task columns.
let internal sizeOf env classic dmControl names isOneHot count =
    spec env classic dmControl names MetaWorldSpaces.horizon
    |> Option.map (fun spec ->
        EnvironmentSpec.observationSize spec + (if isOneHot then count else 0))

/// The environments of an experiment, without task columns: of an agent with a memory, trials of them, and of one that computes
/// a context, with a history.
[<CompiledName("Environment")>]
let environment (e: Experiment) =
    let env = e.Environment
    let single = spec e.Choices.Env env.Classic env.DmControl env.Tasks env.Horizon

    match AgentMemory.tryTrial e.Agent, AgentMemory.tryHistory e.Agent with
    | Some trial, _ -> single |> Option.map (Trial.spec trial)
    | None, Some history -> single |> Option.map (History.spec history)
    | None, None -> single

/// Those of the tasks of an experiment of several families; else none.
let private mixedSpaces (e: Experiment) : TaskSpaces list =
    if e.Choices.Env.Family.IsMixed then
        taskSpaces e.Environment.Classic e.Environment.Horizon e.Environment.Tasks
        |> Option.defaultValue []
        |> List.map snd
    else
        []

/// The specs of the tasks themselves, where tasks of an experiment differ in the sizes of observations or actions; else none.
let internal ownSpecs (e: Experiment) : EnvironmentSpec list =
    let specs = mixedSpaces e |> List.map _.Spec
    let sizes = specs |> List.map MixedSpaces.sizesOf |> List.distinct
    if sizes.Length > 1 then specs else []

/// Numbers of each task's own observations and actions, where tasks of an experiment differ in them; else none.
[<CompiledName("TaskSizes")>]
let taskSizes (e: Experiment) : TaskSizes list =
    ownSpecs e |> List.map MixedSpaces.sizesOf

/// The group of each task: tasks of one embodiment with observations and actions of equal sizes. Groups are counted from 0 in
/// the order of their first tasks. Of tasks of one family: one group.
[<CompiledName("EmbodimentGroups")>]
let embodimentGroups (e: Experiment) : int list =
    let kinds = [ for task in mixedSpaces e -> task.Embodiment, MixedSpaces.sizesOf task.Spec ]

    match List.distinct kinds with
    | [] -> List.replicate e.Environment.NumEnvs 0
    | groups -> [ for kind in kinds -> List.findIndex ((=) kind) groups ]

/// Numbers of each task's own actions, where tasks differ in them; else none.
let internal actionSizes (e: Experiment) =
    let sizes = taskSizes e |> List.map _.ActionSize
    if (List.distinct sizes).Length > 1 then sizes else []

/// Whether an experiment observes images.
[<CompiledName("IsImages")>]
let isImages (e: Experiment) =
    e.Choices.Env.IsDmControl && e.Environment.DmControl.FromPixels

/// Whether one-hot task columns follow each observation: where the networks would not know the task
/// otherwise. The original MT-SAC does not know it. Images have none: a convolution reads pixels. Some agents
/// find out.
[<CompiledName("SeesTaskId")>]
let seesTaskId (e: Experiment) =
    let multitask = e.Agent.Multitask

    not (isImages e)
    && not (Family.findsTask e.Choices.Agent.Family)
    && e.Agent.Context.Method <> ContextMethod.Cadm
    && isOneHot
        e.Choices.Env
        e.Behaviour.OneHotTasks
        (e.Environment.NumEnvs + (if e.Environment.IdentifiesOneTask then 1 else 0))
        (multitask.UseTaskEncoder || multitask.Model.KnowsTasks)

/// Task columns behind each observation: one for each task, or 0.
[<CompiledName("TaskColumns")>]
let taskColumns (e: Experiment) =
    if seesTaskId e then e.Environment.NumEnvs else 0

/// Numbers of an observation as the networks see it.
[<CompiledName("Size")>]
let size (e: Experiment) =
    environment e
    |> Option.map (fun spec -> EnvironmentSpec.observationSize spec + taskColumns e)

/// The keys of classic families that an experiment reads.
[<CompiledName("ClassicKeys")>]
let classicKeys (e: Experiment) = ClassicKeys.read e.Choices.Env
