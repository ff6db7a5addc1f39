/// Tasks, and the parts of networks and agents that depend on them.
module internal MtrlFunctional.Experiments.TaskCheck

open MtrlFunctional.Experiments.Requirement

/// The tasks that are learned and those that are tested: of one family, each once, as many as the environments.
let lists (e: Experiment) =
    let env = e.Environment
    let family = e.Choices.Env.Family
    // Keys of variants choose their tasks, and the rules of the family say what is wrong with them.
    let isChosen = family.HasVariants
    // What follows from an empty list is not repeated.
    let hasNone = env.Tasks.IsEmpty

    List.concat [
        (isChosen || not hasNone)
        |> orElse "env.tasks" "a list of at least one task"
        |> because family.NoTasks

        match family.WrongTasks env.NumEnvs env.Tasks with
        | Some(allowed, advice) -> wrong "env.tasks" allowed |> because advice
        | None -> ()

        (isChosen || List.distinct env.Tasks = env.Tasks)
        |> orElse "env.tasks" "without repetition"
        |> because "Each task has one index."

        (hasNone || env.NumEnvs = env.Tasks.Length)
        |> orElse "env.num_envs" $"{env.Tasks.Length}, the number of tasks"
        |> because "env.tasks chooses tasks."

        (isChosen || family.HasGoals || env.TestTasks = env.Tasks)
        |> orElse "env.test_tasks" "env.tasks"
        |> because "Other tasks are tested with env=metaworld-…"

        (isChosen || hasNone || not env.TestTasks.IsEmpty)
        |> orElse "env.test_tasks" "a list of at least one task"
    ]

let private noPart =
    "The networks have no part for a task that they were not trained on."

let private sentences =
    "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use"

/// Networks and agents that have no part for a task that they were not trained on, where other tasks are tested.
let tested (e: Experiment) =
    let multitask = e.Agent.Multitask
    let isTrained = e.Environment.TestTasks = e.Environment.Tasks

    // Networks have no part for a task.
    let infersTasks = e.Agent.Context.Method = ContextMethod.Gru

    // A task that was not trained on has an encoding: as a variant of the model, or of its sentence.
    let hasEncodings =
        NetworkTasks.hasAllVariants e || NetworkTasks.areKnownBySentences e

    let selection = e.Agent.Encoder.Mixture.Selection
    // Experts that the task encoding weighs.
    let isWeighed = selection.IsGate || selection.IsAttention

    List.concat [
        (e.Agent.Encoder.Kind <> EncoderKind.MixtureOfExperts
         || selection = ExpertSelection.Ensemble
         || isWeighed && (hasEncodings || infersTasks)
         || isTrained)
        |> orElse
            "agent.encoder.moe.task_id_to_encoder_id_cfg.mode"
            "ensemble where other tasks are tested"
        |> showing (Value.Text "by the task")
        |> because "No expert is chosen for a task that they were not trained on."

        for key, on in
            [
                "agent.multitask.should_use_task_encoder", multitask.UseTaskEncoder
                "agent.multitask.should_use_multi_head_policy", multitask.MultiHead
                "agent.multitask.should_use_pal", multitask.UseProjected
            ] do
            (not on || infersTasks || hasEncodings || isTrained)
            |> orElse key "false where other tasks are tested"
            |> because (
                if key = "agent.multitask.should_use_task_encoder" then
                    $"{noPart} Fixed encodings of sentences are known for all: {sentences}=True"
                else
                    noPart
            )

        (not multitask.Model.KnowsTasks
         || infersTasks
         || e.Choices.Agent.Family.ActsInOtherTasks
         || hasEncodings && not multitask.Model.IsSeparate
         || isTrained)
        |> orElse "agent.multitask.model" "by_flags where other tasks are tested"
        |> because noPart
    ]

/// HiP-BMDP's θ of tasks that are not their own.
let private theta (e: Experiment) =
    let tasks, encoder = NetworkTasks.count e, e.Agent.Multitask.TaskEncoder
    let { Theta = theta } = encoder
    let training = "agent.multitask.task_encoder_cfg.sampling_strategy.train"

    if e.Agent.Multitask.UseTaskEncoder && encoder.IsTheta then
        List.concat [
            let takesMean =
                (theta.Training :: List.map snd theta.Evaluation)
                |> List.contains ThetaSampling.Mean

            (theta.Rows = tasks || theta.Rows > tasks && not takesMean)
            |> orElse
                "agent.multitask.task_encoder_cfg.model_cfg.num_envs"
                (if takesMean then
                     $"{tasks}, the number of tasks, with mean"
                 else
                     $"at least {tasks}, the number of tasks")

            (theta.Training = ThetaSampling.Embedding
             || e.Agent.Surgery.Method = SurgeryWord.None)
            |> orElse training $"embedding with agent.surgery.method={e.Agent.Surgery.Method}"
            |> because "Surgery needs an encoding of each task by itself."

            let among =
                match theta.Training with
                | ThetaSampling.Mean -> [ 1 .. tasks - 1 ]
                | ThetaSampling.MeanOfTraining -> List.filter ((>) tasks) theta.TrainIds
                | ThetaSampling.Embedding
                | ThetaSampling.Zero -> [ 0 ]

            not among.IsEmpty
            |> orElse training "embedding or zero where the mean has no tasks"
            |> because
                "mean is taken over all tasks but the first, mean_train over agent.multitask.task_encoder_cfg.model_cfg.train_env_id."
        ]
    else
        []

/// Parts of networks that depend on the task.
let parts (e: Experiment) =
    let env, multitask = e.Environment, e.Agent.Multitask

    List.concat [
        (multitask.NumEnvs = env.NumEnvs
         || NetworkTasks.hasAllVariants e
         || e.Choices.Setup = SetupChoice.HipBmdp && not e.Choices.Env.Family.HasVariants)
        |> orElse "agent.multitask.num_envs" $"{env.NumEnvs}, the number of tasks"
        |> because "env= and env.tasks choose tasks."

        (e.Behaviour.EqualEpisodesPerTask
         || not (Choices.isOnPolicy e.Choices)
         || not (DescribedAgent.distinguishesTasks e))
        |> orElse
            "behaviour.equal_episodes_per_task"
            "true with a task encoder, heads, projected layers, experts or models of tasks, or surgery"
        |> because "With tasks in turn, rows have no task index."

        not (multitask.UseProjected && multitask.MultiHead)
        |> orElse "agent.multitask.should_use_pal" "false with should_use_multi_head_policy=true"
        |> because "Choose one of the two."

        (not multitask.UseTaskEncoder
         || multitask.TaskEncoder.Pretrained
         || multitask.TaskEncoder.NumEmbeddings >= multitask.NumEnvs)
        |> orElse
            "agent.multitask.task_encoder_cfg.model_cfg.num_embeddings"
            $"at least {multitask.NumEnvs}, the number of tasks"

        theta e

        for name, flags in [ "actor_cfg", multitask.Actor; "critic_cfg", multitask.Critic ] do
            (not multitask.UseTaskEncoder || flags.Concatenate = flags.Encoder)
            |> orElse
                $"agent.multitask.{name}.should_concatenate_task_info_with_encoder"
                "the same as should_condition_encoder_on_task_info beside it"
            |> because "The original's critic fails otherwise."

        (not multitask.UseTaskEncoder || multitask.Critic = multitask.Actor)
        |> orElse "agent.multitask.critic_cfg" "the same as agent.multitask.actor_cfg"
        |> showing (Value.Text "other flags")
        |> because "They follow it unless they are set."
    ]

let private adapterKey = "agent.multitask.adapter"

/// Layers of each embodiment.
let adapter (e: Experiment) =
    List.concat [
        let agent = e.Agent
        let embodiments = Observed.embodimentGroups e |> List.distinct |> List.length

        embodiments > 1
        |> orElse adapterKey "pad with tasks of one embodiment"
        |> because "Tasks of several: env=mixed env.tasks=[reach,walker-walk], and its like."

        agent.Encoder.Kind = EncoderKind.Identity
        |> orElse "agent.encoder.type_to_select" $"identity with {adapterKey}=per_embodiment"
        |> because
            "An encoder that all embodiments share would read the observations before their own layers."

        agent.Context.Method = ContextMethod.None
        |> orElse adapterKey "pad with agent.context.method"
        |> because "The encoder of the context reads observations of all embodiments."
    ]
