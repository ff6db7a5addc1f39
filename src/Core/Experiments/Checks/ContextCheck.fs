/// What must hold for encodings of tasks that are inferred.
module internal MtrlFunctional.Experiments.ContextCheck

open MtrlFunctional.Agents
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Training

let private advice =
    "Only the context may identify a task, so that new tasks can be evaluated."

/// "set".
let private nameOf (e: Experiment) =
    Choices.nameOf ContextKeys.methods e.Agent.Context.Method

/// "agent.context.method=set".
let private word e =
    $"{ContextKeys.place}.method={nameOf e}"

/// Parts of single tasks by the keys that choose them: the policy of a task that was not trained on would have none.
let private chosenParts (e: Experiment) =
    List.concat [
        let multitask, mixture = e.Agent.Multitask, e.Agent.Encoder.Mixture

        let refuse key value allowed =
            unless false key value $"{allowed} with {word e}" advice

        if multitask.MultiHead then
            refuse "agent.multitask.should_use_multi_head_policy" (Value.Bool true) "false"

        if multitask.Model.HasHeads || multitask.Model.IsSeparate then
            refuse
                "agent.multitask.model"
                (Value.Text multitask.Model.Name)
                "by_flags, paco, moore or hypernetwork"

        match e.Agent.Encoder.Kind, mixture.Selection with
        | EncoderKind.MixtureOfExperts, (ExpertSelection.OneToOne | ExpertSelection.Cluster) ->
            refuse
                "agent.encoder.moe.task_id_to_encoder_id_cfg.mode"
                (Value.Text(Choices.nameOf Experts.selections mixture.Selection))
                "ensemble, gate or attention"
        | _ -> ()
    ]

/// Parameters of single tasks in the networks of an agent: of a gate with embeddings of its own, or of an own network.
let private ownParameters (agent: AgentDescription option) e =
    // Exploring actions may have a σ for each task, and values its scale: no greedy action depends on them.
    let actsBy (path: string) =
        e.Agent.Context.Method = ContextMethod.Set
        || path <> "std" && path <> "coefficients" && not (path.StartsWith "popart/")

    agent
    |> Option.map _.Parts
    |> Option.defaultValue []
    |> List.collect _.Layout.Slots
    |> List.tryFind (fun slot -> slot.Parameter.PerTask && actsBy slot.Parameter.Path)
    |> Option.map (fun slot ->
        ConfigError.BadValue(
            $"{ContextKeys.place}.method",
            Value.Text(nameOf e),
            "none with parameters of single tasks in networks",
            $"'{slot.Parameter.Path}' has an entry for each task. {advice}"
        ))
    |> Option.toList

/// Chosen parts of single tasks, else parameters that follow from other choices.
let private ofSingleTasks agent (e: Experiment) =
    match chosenParts e with
    | [] -> ownParameters agent e
    | wrong -> wrong

/// A context is of one task with one hidden goal or state: several of them in an entry would be one task to infer.
let private ofHidden (e: Experiment) =
    List.concat [
        let env = e.Environment

        unless
            (not (e.Choices.Env.IsMetaLearning))
            "agent.context.method"
            (Value.Text "set")
            $"none with env={e.Choices.Env.Name}"
            "Its tasks have many hidden goals, but one context is inferred for each entry of env.tasks. agent=rl2 and agent=maml infer goals."

        unless
            (e.Choices.Env.Family.TaskStates.IsNone || env.NumEnvs = env.Classic.TaskStates)
            "env.num_envs"
            (whole env.NumEnvs)
            $"{env.Classic.TaskStates}, env.num_task_states, with agent.context.method=set"
            "One context is inferred for each entry of env.tasks, so each needs one task state."
    ]

/// What both methods with a task encoder need.
let private ofTaskEncoder (e: Experiment) =
    List.concat [
        let multitask = e.Agent.Multitask
        let task = multitask.TaskEncoder
        let model = "agent.multitask.task_encoder_cfg.model_cfg"

        let reads =
            if e.Agent.Context.Method = ContextMethod.Gru then
                "The task encoder reads trials."
            else
                "The task encoder reads transitions."

        unless
            (e.Choices.Fidelity = Fidelity.Corrected)
            "fidelity"
            (Value.Text "original")
            $"corrected with {word e}"
            "No original program infers tasks."

        unless
            multitask.UseTaskEncoder
            "agent.multitask.should_use_task_encoder"
            (Value.Bool false)
            $"true with {word e}"
            "The inferred encoding replaces that of the task's index in all networks that read it."

        unless
            (not task.Pretrained)
            $"{model}.pretrained_embedding_cfg.should_use"
            (Value.Bool true)
            $"false with {word e}"
            reads

        unless
            (not task.IsTheta)
            $"{model}._target_"
            (Value.Text "mtrl.agent.components.hipbmdp_theta.ThetaModel")
            $"mtrl.agent.components.task_encoder.TaskEncoder with {word e}"
            reads
    ]

/// The method serves the agent. `UnusedKeys` has agents that no method serves.
let private ofAgent (e: Experiment) =
    match e.Choices.Agent.Family.Context with
    | Some served when served <> nameOf e ->
        unless
            false
            $"{ContextKeys.place}.method"
            (Value.Text(nameOf e))
            $"none or {served} with agent={e.Choices.Agent.Name}"
            "Sets of transitions come from replay (agent=state_sac or sac), trials from the newest policy (agent=mtppo)."
    | _ -> []

/// The losses that train the encoder, by their words, have one without which it learns nothing.
let private unlessTrains loss words key losses =
    unless
        (List.contains loss losses)
        key
        (losses |> List.map (Choices.nameOf words >> Value.Text) |> Value.List)

let private ofSet agent (e: Experiment) =
    List.concat [
        let task = e.Agent.Multitask.TaskEncoder

        let context = e.Agent.Context

        ofTaskEncoder e

        unless
            (context.Transitions <= context.Window)
            $"{ContextKeys.place}.transitions"
            (whole context.Transitions)
            $"at most {context.Window}, {ContextKeys.place}.window"
            "They are drawn from the window of a task's newest transitions."

        unlessTrains
            EncoderLoss.Critic
            TaskEncoder.losses
            "agent.multitask.task_encoder_cfg.losses_to_train"
            task.LossesToTrain
            "a list with critic, with agent.context.method=set"
            "Only the critics' loss depends on differences between tasks."

        unless
            (not (Observed.isImages e))
            DmControlKeys.fromPixels
            (Value.Bool true)
            "false with agent.context.method=set"
            "The task encoder reads observations as numbers."

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
            "Tasks are inferred from rewards; normalised ones differ from those of an evaluation."

        unless
            (e.Agent.Surgery.Method = SurgeryWord.None)
            "agent.surgery.method"
            (Value.Text e.Agent.Surgery.Method)
            "none with agent.context.method=set"
            "Gradients of contexts are not those of single tasks."

        ofHidden e
        ofSingleTasks agent e
    ]

let private ofGru agent (e: Experiment) =
    List.concat [
        ofTaskEncoder e

        unlessTrains
            ContextLoss.Policy
            ContextKeys.losses
            $"{ContextKeys.place}.losses"
            e.Agent.Context.Losses
            "a list with policy"
            "No other loss trains the encoder of the policy."

        if AgentMemory.trainsWithGoals e.Agent then
            unlessTrains
                ContextLoss.Value
                ContextKeys.losses
                $"{ContextKeys.place}.losses"
                e.Agent.Context.Losses
                $"a list with value, with {MemoryKeys.goalWeight ContextKeys.place}"
                "Only a value function with an encoder of its own reads the goals."

        unless
            (Observed.taskSizes e).IsEmpty
            "env.tasks"
            (Value.OfTexts e.Environment.Tasks)
            $"tasks of equal spaces with {word e}"
            "A trial has the observations and actions of one family."

        ofSingleTasks agent e
    ]

/// All that is wrong; `agent` describes the agent of the experiment.
let conflicts agent (e: Experiment) : ConfigError list =
    match e.Agent.Context.Method, ofAgent e with
    | ContextMethod.None, _ -> []
    | _, (_ :: _ as wrong) -> wrong
    | ContextMethod.Set, [] -> ofSet agent e
    | ContextMethod.Gru, [] -> ofGru agent e
