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
let private word e = $"{ContextKeys.path}.method={nameOf e}"

/// Parts of single tasks by the keys that choose them: the policy of a task that was not trained on would have none.
let private chosenParts (e: Experiment) =
    List.concat [
        let multitask, mixture = e.Agent.Multitask, e.Agent.Encoder.Mixture

        let refuse key allowed =
            wrong key $"{allowed} with {word e}" |> because advice

        if multitask.MultiHead then
            refuse "agent.multitask.should_use_multi_head_policy" "false"

        if multitask.Model.HasHeads || multitask.Model.IsSeparate then
            refuse "agent.multitask.model" "by_flags, paco, moore or hypernetwork"

        match e.Agent.Encoder.Kind, mixture.Selection with
        | EncoderKind.MixtureOfExperts, (ExpertSelection.OneToOne | ExpertSelection.Cluster) ->
            refuse "agent.encoder.moe.task_id_to_encoder_id_cfg.mode" "ensemble, gate or attention"
        | _ -> ()
    ]

/// Parameters of single tasks in the networks of an agent: of a gate with embeddings of its own, or of an own network.
let private ownParameters (agent: AgentDescription option) e =
    // Exploring actions may have a σ for each task, and values its scale: no greedy action depends on them.
    let actsBy (path: string) =
        e.Agent.Context.Method = ContextMethod.Set
        || path <> "std" && path <> "coefficients" && not (path.StartsWith "popart/")

    Option.toList agent
    |> List.collect _.Parts
    |> List.collect _.Layout.Slots
    |> List.tryFind (fun slot -> slot.Parameter.PerTask && actsBy slot.Parameter.Path)
    |> Option.map (fun slot ->
        wrong $"{ContextKeys.path}.method" "none with parameters of single tasks in networks"
        |> because $"'{slot.Parameter.Path}' has an entry for each task. {advice}")
    |> Option.defaultValue []

/// Chosen parts of single tasks, else parameters that follow from other choices.
let private ofSingleTasks agent (e: Experiment) =
    match chosenParts e with
    | [] -> ownParameters agent e
    | wrong -> wrong

/// A context is of one task with one hidden goal or state: several of them in an entry would be one task to infer.
let private ofHidden (e: Experiment) =
    List.concat [
        let env = e.Environment

        not (e.Choices.Env.IsMetaLearning)
        |> orElse "agent.context.method" $"none with env={e.Choices.Env.Name}"
        |> because
            "Its tasks have many hidden goals, but one context is inferred for each entry of env.tasks. agent=rl2 and agent=maml infer goals."

        (e.Choices.Env.Family.TaskStates.IsNone || env.NumEnvs = env.Classic.TaskStates)
        |> orElse
            "env.num_envs"
            $"{env.Classic.TaskStates}, env.num_task_states, with agent.context.method=set"
        |> because
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

        e.Choices.Fidelity = Fidelity.Corrected
        |> orElse "fidelity" $"corrected with {word e}"
        |> because "No original program infers tasks."

        multitask.UseTaskEncoder
        |> orElse "agent.multitask.should_use_task_encoder" $"true with {word e}"
        |> because
            "The inferred encoding replaces the encoding of the task's index in all networks that read it."

        not task.Pretrained
        |> orElse $"{model}.pretrained_embedding_cfg.should_use" $"false with {word e}"
        |> because reads

        not task.IsTheta
        |> orElse
            $"{model}._target_"
            $"mtrl.agent.components.task_encoder.TaskEncoder with {word e}"
        |> because reads
    ]

/// The method serves the agent. `UnusedKeys` has agents that no method serves.
let private ofAgent (e: Experiment) =
    match e.Choices.Agent.Family.Context with
    | Some served when served <> nameOf e ->
        wrong $"{ContextKeys.path}.method" $"none or {served} with agent={e.Choices.Agent.Name}"
        |> because
            "Sets of transitions come from replay (agent=state_sac or sac), trials from the newest policy (agent=mtppo)."
    | _ -> []

let private ofSet agent (e: Experiment) =
    List.concat [
        let context = e.Agent.Context

        ofTaskEncoder e

        context.Transitions <= context.Window
        |> orElse
            $"{ContextKeys.path}.transitions"
            $"at most {context.Window}, {ContextKeys.path}.window"
        |> because "They are drawn from the window of a task's newest transitions."

        List.contains EncoderLoss.Critic e.Agent.Multitask.TaskEncoder.LossesToTrain
        |> orElse
            "agent.multitask.task_encoder_cfg.losses_to_train"
            "a list with critic, with agent.context.method=set"
        |> because "Only the critics' loss depends on differences between tasks."

        not (List.contains EncoderLoss.Actor e.Agent.Multitask.TaskEncoder.LossesToTrain)
        |> orElse
            "agent.multitask.task_encoder_cfg.losses_to_train"
            "a list without actor, with agent.context.method=set"
        |> because "The actor reads inferred encodings as constants (PEARL)."

        not (Observed.isImages e)
        |> orElse DmControlKeys.fromPixels "false with agent.context.method=set"
        |> because "The task encoder reads observations as numbers."

        e.Environment.RewardNormalization = RewardNormalization.None
        |> orElse "env.reward_normalization" "none with agent.context.method=set"
        |> because
            "Tasks are inferred from rewards; normalised rewards differ from an evaluation's rewards."

        e.Agent.Surgery.Method = SurgeryWord.None
        |> orElse "agent.surgery.method" "none with agent.context.method=set"
        |> because "Gradients of contexts are not gradients of single tasks."

        ofHidden e
        ofSingleTasks agent e
    ]

let private ofGru agent (e: Experiment) =
    List.concat [
        ofTaskEncoder e

        let losses, key = e.Agent.Context.Losses, $"{ContextKeys.path}.losses"

        List.contains ContextLoss.Policy losses
        |> orElse key "a list with policy"
        |> because "No other loss trains the encoder of the policy."

        if AgentMemory.trainsWithGoals e.Agent then
            List.contains ContextLoss.Value losses
            |> orElse key $"a list with value, with {MemoryKeys.goalWeight ContextKeys.path}"
            |> because "Only a value function with an encoder of its own reads the goals."

        (Observed.taskSizes e).IsEmpty
        |> orElse "env.tasks" $"tasks of equal spaces with {word e}"
        |> because "A trial has the observations and actions of one family."

        ofSingleTasks agent e
    ]

/// All that is wrong; `agent` describes the agent of the experiment.
let conflicts agent (e: Experiment) : Conflict list =
    match e.Agent.Context.Method, ofAgent e with
    | ContextMethod.None, _ -> []
    | _, (_ :: _ as wrong) -> wrong
    | ContextMethod.Set, [] -> ofSet agent e
    | ContextMethod.Gru, [] -> ofGru agent e
