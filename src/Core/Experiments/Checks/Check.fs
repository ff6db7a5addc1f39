/// What must hold between values, once each is right by itself.
module internal MtrlFunctional.Experiments.Check

open MtrlFunctional
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Surgery
open MtrlFunctional.Tasks.Classic

/// Episodes and minibatches of an on-policy agent.
let private onPolicy (keys: OnPolicyKeys) (e: Experiment) = [
    let length, horizon, steps =
        keys.EpisodeLength, e.Environment.Horizon, SamplingPlan.steps e

    yield!
        unless
            (length <= horizon)
            "agent.on_policy.episode_length"
            (whole length)
            $"at most {horizon}, env.horizon"
            "Episodes may be shorter while the agent learns, not longer."

    yield!
        unless
            (length = horizon || e.Behaviour.SeparateEvaluation)
            "agent.on_policy.episode_length"
            (whole length)
            $"{horizon}, env.horizon, with behaviour.separate_evaluation=false"
            "What is evaluated are the episodes that are learned from."

    yield!
        unless
            (keys.StepsAfterSuccess.IsNone
             || e.Behaviour.SeparateEvaluation
                && e.Behaviour.BootstrapsTimeLimits
                && (AgentMemory.tryTrial e.Agent).IsNone)
            "agent.on_policy.steps_after_success"
            (keys.StepsAfterSuccess |> Option.map whole |> Option.defaultValue Value.Null)
            "null with agent=rl2, agent.context.method=gru, behaviour.separate_evaluation=false or bootstraps_time_limits=false"
            "Episodes that are cut have the value of what follows, and are not those that are evaluated; trials are whole."

    yield!
        unless
            (keys.Minibatch <= steps || e.Choices.Agent.Family = Family.maml)
            "agent.on_policy.minibatch_size"
            (whole keys.Minibatch)
            $"at most {steps}, the steps of an iteration"
            "agent.on_policy.batch_size is that number, rounded up to whole episodes."

    yield!
        unless
            (keys.Lag = 0 || e.Behaviour.BootstrapsTimeLimits && not e.Behaviour.LeaksPadding)
            "agent.on_policy.lag"
            (whole keys.Lag)
            "0 with behaviour.bootstraps_time_limits=false or behaviour.leaks_padding=true"
            "V-trace corrects values that bootstrap: set bootstraps_time_limits=true and leaks_padding=false, or lag=0."

    yield!
        unless
            (not keys.ObservationsPerTask
             || keys.NormalizeObservations && e.Behaviour.BalancedTasks)
            "agent.on_policy.observations_per_task"
            (Value.Bool true)
            "false without agent.on_policy.normalize_observations=True or with behaviour.balanced_tasks=false"
            "It chooses the rows whose mean and deviation scale an observation."
]

/// Methods of surgery that divide by losses or take their logarithms weigh the losses of the value function, not those of
/// the policy (`Surgery.ofSignedLosses`).
let private weighsNothing (keys: OnPolicyKeys) (e: Experiment) =
    let readsLosses =
        match e.Agent.Surgery.Method with
        | SurgeryMethod.Uncertainty
        | SurgeryMethod.Dwa
        | SurgeryMethod.Famo -> true
        | SurgeryMethod.Imtl -> e.Agent.Surgery.Imtl.Part <> ImtlPart.Gradients
        | _ -> false

    let name = SurgeryMethod.nameOf e.Agent.Surgery.Method

    unless
        (not readsLosses || keys.Value = ValueKind.Squared)
        "agent.surgery.method"
        (Value.Text name)
        "another method where agent.on_policy.value_function is not squared"
        $"{name} reads losses that are not negative: squared errors of a value network."

/// All that is wrong between the values of an experiment.
let conflicts (e: Experiment) : ConfigError list =
    let env, multitask = e.Environment, e.Agent.Multitask
    let tasks = env.Tasks |> List.map Value.Text |> Value.List
    let isMixed = Choices.isMixed e.Choices.Env
    let hasTasks = not (VariantCheck.isWithoutTasks e)
    // What follows from an empty list is not repeated.
    let hasNone = isMixed && env.Tasks.IsEmpty
    let isMeta = Choices.isMetaLearning e.Choices.Env
    let isMetaWorld = Choices.isMetaWorld e.Choices.Env

    // Networks have no part for a task.
    let infersTasks =
        match e.Agent.Context.Method with
        | ContextMethod.Gru
        | ContextMethod.Cadm -> true
        | ContextMethod.None
        | ContextMethod.Set -> false

    // Experts that the task encoding weighs.
    let isWeighed =
        match e.Agent.Encoder.Mixture.Selection with
        | ExpertSelection.Gate
        | ExpertSelection.Attention -> true
        | _ -> false

    [
        yield!
            unless
                (not hasTasks || not env.Tasks.IsEmpty)
                "env.tasks"
                tasks
                "a list of at least one task"
                (if isMixed then
                     "Of Meta-World and DeepMind Control: env.tasks=[reach,dmc-walker-walk]"
                 else
                     "")

        yield! VariantCheck.conflicts e

        let isOwn, allowed, advice =
            let oneFamily = "An experiment has one family of environments."

            match e.Choices.Env with
            // Checked above.
            | env when Choices.hasVariants env -> (fun _ -> true), "", ""
            // `MixedCheck` has the reasons.
            | _ when isMixed -> (fun _ -> true), "", ""
            | EnvChoice.DmControl _ ->
                List.forall TaskNames.isDmControl,
                "tasks of DeepMind Control with env=dmc-…",
                oneFamily
            | EnvChoice.Classic family ->
                let names = Classic.taskNames family env.NumEnvs

                (=) names,
                (names |> List.map Value.Text |> Value.List |> ValueText.print),
                "env.num_envs chooses the tasks of a classic family."
            | EnvChoice.Own own ->
                let names = own.Part |> Option.map _.Tasks |> Option.defaultValue env.Tasks

                (=) names,
                (names |> List.map Value.Text |> Value.List |> ValueText.print),
                $"The extension {own} has these tasks."
            | _ ->
                List.forall (fun task -> (TaskNames.tryMetaWorld task).IsSome),
                "tasks of Meta-World with env=metaworld-…",
                oneFamily

        yield! unless (isOwn env.Tasks) "env.tasks" tasks allowed advice

        match e.Choices.Env with
        | EnvChoice.Own own ->
            let horizon =
                own.Part |> Option.map _.Spec.Horizon |> Option.defaultValue env.Horizon

            yield!
                unless
                    (env.Horizon = horizon)
                    "env.horizon"
                    (whole env.Horizon)
                    (string horizon)
                    $"The extension {own} has episodes of this length."
        | _ -> ()

        yield!
            unless
                (List.distinct env.Tasks = env.Tasks)
                "env.tasks"
                tasks
                "without repetition"
                "Each task has one index."

        yield!
            unless
                (not hasTasks || hasNone || env.NumEnvs = env.Tasks.Length)
                "env.num_envs"
                (whole env.NumEnvs)
                $"{env.Tasks.Length}, the number of tasks"
                "env.tasks chooses tasks."

        yield!
            unless
                (isMeta
                 || Choices.hasVariants e.Choices.Env
                 || isMetaWorld && not (Observed.seesTaskId e)
                 || env.TestTasks = env.Tasks)
                "env.test_tasks"
                (env.TestTasks |> List.map Value.Text |> Value.List)
                (if isMetaWorld then
                     "env.tasks where observations have one-hot task columns"
                 else
                     "env.tasks")
                (if isMetaWorld then
                     "behaviour.one_hot_tasks=False has none, nor have env=metaworld-ml10 and its like."
                 else
                     "Other tasks are tested with env=metaworld-…")

        yield!
            unless
                (not isMetaWorld
                 || env.TestTasks |> List.forall (TaskNames.tryMetaWorld >> Option.isSome))
                "env.test_tasks"
                (env.TestTasks |> List.map Value.Text |> Value.List)
                "tasks of Meta-World with env=metaworld-…"
                "An experiment has one family of environments."

        yield!
            unless
                (not hasTasks || hasNone || not env.TestTasks.IsEmpty)
                "env.test_tasks"
                (Value.List [])
                "a list of at least one task"
                ""

        yield!
            unless
                (e.Agent.Encoder.Kind <> EncoderKind.MixtureOfExperts
                 || e.Agent.Encoder.Mixture.Selection = ExpertSelection.Ensemble
                 || isWeighed && (NetworkTasks.hasAllVariants e || infersTasks)
                 || env.TestTasks = env.Tasks)
                "agent.encoder.moe.task_id_to_encoder_id_cfg.mode"
                (Value.Text "by the task")
                "ensemble where other tasks are tested"
                "No expert is chosen for a task that they were not trained on."

        for key, on in
            [
                "agent.multitask.should_use_task_encoder", multitask.UseTaskEncoder
                "agent.multitask.should_use_multi_head_policy", multitask.MultiHead
                "agent.multitask.should_use_pal", multitask.UseProjected
            ] do
            yield!
                unless
                    (not on
                     || infersTasks
                     || NetworkTasks.hasAllVariants e
                     || env.TestTasks = env.Tasks)
                    key
                    (Value.Bool true)
                    "false where other tasks are tested"
                    "The networks have no part for a task that they were not trained on."

        yield!
            unless
                (not (Multitask.knowsTasks multitask.Model)
                 || infersTasks
                 || e.Choices.Agent.Family = Family.distral
                 || NetworkTasks.hasAllVariants e && multitask.Model <> TaskModel.Separate
                 || env.TestTasks = env.Tasks)
                "agent.multitask.model"
                (Value.Text(Multitask.nameOf multitask.Model))
                "by_flags where other tasks are tested"
                "The networks have no part for a task that they were not trained on."

        if e.Choices.Agent.Family = Family.distral && env.TestTasks <> env.Tasks then
            yield!
                unless
                    (not e.Behaviour.ShowsAgents)
                    "behaviour.shows_agents"
                    (Value.Bool true)
                    "false where other tasks are tested"
                    "A task that was not trained on has no agent; the distilled policy acts in all."

            yield!
                unless
                    (not (NetworkTasks.hasAllVariants e))
                    "agent.multitask.num_envs"
                    (whole multitask.NumEnvs)
                    $"{env.NumEnvs} with Distral, the number of variants in env.train"
                    "Each has an agent."

        yield!
            unless
                (multitask.NumEnvs = env.NumEnvs
                 || NetworkTasks.hasAllVariants e
                 || e.Choices.Setup = SetupChoice.HipBmdp && not (Choices.hasVariants e.Choices.Env))
                "agent.multitask.num_envs"
                (whole multitask.NumEnvs)
                $"{env.NumEnvs}, the number of tasks"
                "env= and env.tasks choose tasks."

        yield!
            unless
                (e.ReplayBuffer.BatchSize >= env.NumEnvs)
                "replay_buffer.batch_size"
                (whole e.ReplayBuffer.BatchSize)
                $"at least {env.NumEnvs}, a row for each task"
                "The papers use 128 for each task."

        yield!
            unless
                (e.ReplayBuffer.Capacity >= env.NumEnvs)
                "replay_buffer.capacity"
                (whole e.ReplayBuffer.Capacity)
                $"at least {env.NumEnvs}, a transition for each task"
                "The default is 1000000."

        yield!
            unless
                (e.Choices.Agent.Family <> Family.trpo && e.Choices.Agent.Family <> Family.maml
                 || e.Setup.Precision <> ArithmeticPrecision.Bf16)
                "setup.precision"
                (Value.Text "bf16")
                $"fp32 or fp64 with agent={e.Choices.Agent.Name}"
                "Its step needs second derivatives, which rounded products do not have."

        yield! ClassicCheck.conflicts e
        yield! ImageCheck.conflicts e
        yield! Rl2Check.conflicts e
        yield! MamlCheck.conflicts e
        yield! CadmCheck.conflicts e
        yield! MixedCheck.conflicts e

        match AlgorithmKeys.tryOnPolicy e.Agent.Algorithm with
        | Some keys ->
            yield! onPolicy keys e
            yield! AllotmentCheck.conflicts keys e
            yield! weighsNothing keys e
        | None -> ()

        yield!
            unless
                (e.Behaviour.BalancedTasks
                 || not (Choices.isOnPolicy e.Choices)
                 || not (DescribedAgent.distinguishesTasks e))
                "behaviour.balanced_tasks"
                (Value.Bool false)
                "true with a task encoder, heads, projected layers, experts or models of tasks, or surgery"
                "Where tasks take turns, rows have no task."

        yield!
            unless
                (not (multitask.UseProjected && multitask.MultiHead))
                "agent.multitask.should_use_pal"
                (Value.Bool true)
                "false with should_use_multi_head_policy=true"
                "Choose one of the two."

        let unknown = env.Tasks |> List.except e.Schedule.EnvsToExclude

        yield!
            unless
                (not hasTasks || not unknown.IsEmpty || env.Tasks.IsEmpty)
                "experiment.envs_to_exclude_during_training"
                (e.Schedule.EnvsToExclude |> List.map Value.Text |> Value.List)
                "a part of the tasks"
                "Nothing would be left to train on."

        yield!
            unless
                (not multitask.UseTaskEncoder
                 || multitask.TaskEncoder.Pretrained
                 || multitask.TaskEncoder.NumEmbeddings = multitask.NumEnvs)
                "agent.multitask.task_encoder_cfg.model_cfg.num_embeddings"
                (whole multitask.TaskEncoder.NumEmbeddings)
                $"{multitask.NumEnvs}, the number of tasks"
                ""

        for place, flags in [ "actor_cfg", multitask.Actor; "critic_cfg", multitask.Critic ] do
            yield!
                unless
                    (not multitask.UseTaskEncoder || flags.Concatenate = flags.Encoder)
                    $"agent.multitask.{place}.should_concatenate_task_info_with_encoder"
                    (Value.Bool flags.Concatenate)
                    "the same as should_condition_encoder_on_task_info beside it"
                    "The original's critic fails otherwise."

        yield!
            unless
                (not multitask.UseTaskEncoder || multitask.Critic = multitask.Actor)
                "agent.multitask.critic_cfg"
                (Value.Text "other flags")
                "the same as agent.multitask.actor_cfg"
                "They follow it unless they are set."

        yield!
            unless
                (e.Agent.LossReduction = LossReduction.Mean
                 || e.Choices.Agent.Surgery <> SurgeryMethod.None
                 || e.Agent.Surgery.Method <> SurgeryMethod.None)
                "agent.builder.loss_reduction"
                (Value.Text "none")
                "mean without surgery"
                "agent.surgery.method chooses what joins the gradients of tasks."

        for name in e.Agent.Surgery.MainTasks do
            yield!
                unless
                    (List.contains name env.Tasks)
                    "agent.surgery.cosine_gate.main_tasks"
                    (Value.Text name)
                    "names of env.tasks"
                    ((Nearest.hint env.Tasks name).TrimStart())
    ]
