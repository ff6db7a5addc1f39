/// What must hold for encodings of tasks that are inferred from transitions.
module internal MtrlFunctional.Experiments.ContextCheck

open MtrlFunctional.Agents
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Training

let private advice =
    "Networks must know a task by its context alone: it could be one that was not trained on."

/// Parts of single tasks by the keys that choose them: the policy of a task that was not trained on would have none.
let private chosenParts (e: Experiment) = [
    let multitask, mixture = e.Agent.Multitask, e.Agent.Encoder.Mixture

    let refuse key value allowed =
        unless false key value $"{allowed} with agent.context.method=set" advice

    if multitask.MultiHead then
        yield! refuse "agent.multitask.should_use_multi_head_policy" (Value.Bool true) "false"

    match multitask.Model with
    | TaskModel.Heads
    | TaskModel.Separate ->
        yield!
            refuse
                "agent.multitask.model"
                (Value.Text(Multitask.nameOf multitask.Model))
                "by_flags, paco, moore or hypernetwork"
    | TaskModel.ByFlags
    | TaskModel.Composed
    | TaskModel.Orthogonal
    | TaskModel.Hypernetwork
    | TaskModel.Own _ -> ()

    match e.Agent.Encoder.Kind, mixture.Selection with
    | EncoderKind.MixtureOfExperts, (ExpertSelection.OneToOne | ExpertSelection.Cluster) ->
        yield!
            refuse
                "agent.encoder.moe.task_id_to_encoder_id_cfg.mode"
                (Value.Text(Choices.nameOf Experts.selections mixture.Selection))
                "ensemble, gate or attention"
    | _ -> ()
]

/// Parameters of single tasks in the networks of an agent: of a gate with embeddings of its own, or of an own network.
let private ownParameters (agent: AgentDescription option) =
    agent
    |> Option.map _.Parts
    |> Option.defaultValue []
    |> List.collect _.Layout.Slots
    |> List.tryFind _.Parameter.PerTask
    |> Option.map (fun slot ->
        ConfigError.BadValue(
            $"{ContextKeys.place}.method",
            Value.Text "set",
            "none with parameters of single tasks in networks",
            $"'{slot.Parameter.Path}' has an entry for each task. {advice}"
        ))
    |> Option.toList

let private ofSingleTasks agent (e: Experiment) =
    match chosenParts e with
    | [] -> ownParameters agent
    | wrong -> wrong

let private ofSet agent (e: Experiment) = [
    let multitask = e.Agent.Multitask
    let task = multitask.TaskEncoder
    let model = "agent.multitask.task_encoder_cfg.model_cfg"

    yield!
        unless
            (e.Choices.Fidelity = Fidelity.Corrected)
            "fidelity"
            (Value.Text "original")
            "corrected with agent.context.method=set"
            "No original program infers tasks."

    yield!
        unless
            multitask.UseTaskEncoder
            "agent.multitask.should_use_task_encoder"
            (Value.Bool false)
            "true with agent.context.method=set"
            "What is inferred takes the place of the encoding of the task's index, in all networks that read it."

    yield!
        unless
            (not task.Pretrained)
            $"{model}.pretrained_embedding_cfg.should_use"
            (Value.Bool true)
            "false with agent.context.method=set"
            "The task encoder reads transitions."

    yield!
        unless
            (not task.IsTheta)
            $"{model}._target_"
            (Value.Text "mtrl.agent.components.hipbmdp_theta.ThetaModel")
            "mtrl.agent.components.task_encoder.TaskEncoder with agent.context.method=set"
            "The task encoder reads transitions."

    yield!
        unless
            (List.contains EncoderLoss.Critic task.LossesToTrain)
            "agent.multitask.task_encoder_cfg.losses_to_train"
            (task.LossesToTrain
             |> List.map (Choices.nameOf TaskEncoder.losses >> Value.Text)
             |> Value.List)
            "a list with critic, with agent.context.method=set"
            "Nothing else teaches the task encoder what differs between tasks."

    yield!
        unless
            (not (Observed.isImages e))
            DmControlKeys.fromPixels
            (Value.Bool true)
            "false with agent.context.method=set"
            "The task encoder reads observations as numbers."

    yield!
        unless
            (e.Environment.RewardNormalization = RewardNormalization.None)
            "env.reward_normalization"
            (Value.Text(
                if e.Environment.RewardNormalization = RewardNormalization.Scaled then
                    "scaled"
                else
                    "running"
            ))
            "none with agent.context.method=set"
            "Rewards are what a task is known by; normalised ones differ from those of another task's evaluation."

    yield! ofSingleTasks agent e
]

/// All that is wrong; `agent` describes the agent of the experiment.
let conflicts agent (e: Experiment) : ConfigError list =
    match e.Agent.Context.Method with
    | ContextMethod.None -> []
    | ContextMethod.Set -> ofSet agent e
