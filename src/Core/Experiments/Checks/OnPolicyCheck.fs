/// Iterations and minibatches of on-policy agents, bounds of their actions, and which surgery they can have.
module internal MtrlFunctional.Experiments.OnPolicyCheck

open MtrlFunctional.Agents
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Spaces
open MtrlFunctional.Training

let private leastEpisodes = "agent.on_policy.min_episodes"
let private mostEpisodes = "agent.on_policy.max_episodes"

/// Episodes and minibatches of an on-policy agent.
let private episodes (keys: OnPolicyKeys) (e: Experiment) =
    List.concat [
        let length, horizon, steps =
            keys.EpisodeLength, e.Environment.Horizon, SamplingPlan.steps e

        length <= horizon
        |> orElse "agent.on_policy.episode_length" $"at most {horizon}, env.horizon"
        |> because "Episodes may be shorter while the agent learns, not longer."

        (length = horizon || e.Behaviour.SeparateEvaluation)
        |> orElse
            "agent.on_policy.episode_length"
            $"{horizon}, env.horizon, with behaviour.separate_evaluation=false"
        |> because "The training episodes themselves are evaluated."

        (keys.StepsAfterSuccess.IsNone
         || e.Behaviour.SeparateEvaluation
            && e.Behaviour.BootstrapTimeLimits
            && (AgentMemory.tryTrial e.Agent).IsNone)
        |> orElse
            "agent.on_policy.steps_after_success"
            "null with agent=rl2, agent.context.method=gru, behaviour.separate_evaluation=false or bootstrap_time_limits=false"
        |> because
            "A cut episode bootstraps from the value of its last observation and is not evaluated; trials are not cut."

        (keys.Minibatch <= steps || e.Agent.Algorithm.Adaptation.IsSome)
        |> orElse "agent.on_policy.minibatch_size" $"at most {steps}, the steps of an iteration"
        |> because
            "Set it to that or less, or raise agent.on_policy.batch_size, which is that number, rounded up to whole episodes."

        (keys.Lag = 0
         || e.Behaviour.BootstrapTimeLimits && not e.Behaviour.PaddingInAdvantages)
        |> orElse
            "agent.on_policy.lag"
            "0 with behaviour.bootstrap_time_limits=false or behaviour.padding_in_advantages=true"
        |> because
            "V-trace corrects values that bootstrap: set bootstrap_time_limits=true and padding_in_advantages=false, or lag=0."

        (not keys.Asynchronous || keys.Lag > 0)
        |> orElse "agent.on_policy.asynchronous" "False with agent.on_policy.lag=0"
        |> because
            "Iterations are played ahead of updates: set agent.on_policy.lag to how many at most."

        (not keys.ObservationsPerTask
         || keys.NormalizeObservations && e.Behaviour.EqualEpisodesPerTask)
        |> orElse
            "agent.on_policy.observations_per_task"
            "false without agent.on_policy.normalize_observations=True or with behaviour.equal_episodes_per_task=false"
        |> because "It chooses the rows whose mean and deviation scale an observation."
    ]

/// Keys that divide episodes among tasks, where all tasks have as many.
let private withoutLeast (keys: OnPolicyKeys) =
    let why =
        "Tasks have different numbers of episodes only with agent.on_policy.min_episodes."

    List.concat [
        keys.MaxEpisodes.IsNone
        |> orElse mostEpisodes $"null with {leastEpisodes}=null"
        |> because why

        keys.Priority = TaskPriority.Progress
        |> orElse "agent.on_policy.episodes_by" $"progress with {leastEpisodes}=null"
        |> because why
    ]

/// Whether the rows of an iteration are grouped by task, and are episodes, not trials.
let private hasEpisodesOfTasks (e: Experiment) =
    e.Behaviour.EqualEpisodesPerTask && (AgentMemory.tryTrial e.Agent).IsNone

let private needs key holds allowed why =
    holds |> orElse key allowed |> because why

/// Different numbers of episodes of tasks in an iteration.
let private allotment (keys: OnPolicyKeys) (e: Experiment) =
    match keys.MinEpisodes with
    | None -> withoutLeast keys
    | Some least ->
        let needs = needs leastEpisodes
        let mean = SamplingPlan.episodesOfTask e

        List.concat [
            needs
                (NetworkTasks.defineSuccess e |> Array.contains true)
                $"null with env={e.Choices.Env.Name}"
                "Episodes are divided by success rates, which tasks of Meta-World and of extensions define."
            needs
                (keys.Lag = 0 && hasEpisodesOfTasks e && e.Behaviour.SeparateEvaluation)
                "null with a lag, agent=rl2, agent.context.method=gru, behaviour.equal_episodes_per_task=false or separate_evaluation=false"
                "Episodes are divided by the success of earlier iterations, and each row must be one episode."
            needs
                (least <= mean)
                $"at most {mean}, the mean"
                "agent.on_policy.batch_size has the steps of all episodes."
            keys.MaxEpisodes
            |> Option.forall (fun most -> most >= mean)
            |> orElse mostEpisodes $"at least {mean}, the mean"
            |> because "agent.on_policy.batch_size has the steps of all episodes."
        ]

/// Bounds of σ.
let private deviations (keys: OnPolicyKeys) =
    keys.MaxStd
    |> Option.forall (fun most -> keys.MinStd <= most && keys.InitStd <= most)
    |> orElse
        "agent.on_policy.max_std"
        $"at least agent.on_policy.min_std and init_std, {max keys.MinStd keys.InitStd}"
    |> because "It is the upper bound of the policy's σ."

/// Methods of surgery that divide by losses or take their logarithms weigh the losses of the value function, not of
/// the policy (`Surgery.OfSignedLosses`).
let private surgery (keys: OnPolicyKeys) (e: Experiment) =
    let name = e.Agent.Surgery.Method

    let readsLosses =
        SurgeryKeys.surgery e.Behaviour e.Environment.Tasks e.Agent.Surgery
        |> Option.exists _.OfSignedLosses.IsSome

    (not readsLosses || keys.Value = ValueKind.Squared)
    |> orElse
        "agent.surgery.method"
        "another method where agent.on_policy.value_function is not squared"
    |> because $"{name} reads losses that are not negative: squared errors of a value network."

/// Episodes that are trained on again, and the noise that finds them.
let private exploration (keys: OnPolicyKeys) (e: Experiment) =
    List.concat [
        (keys.SlowNoiseCorrelation.IsNone || hasEpisodesOfTasks e)
        |> orElse
            "agent.on_policy.slow_noise_correlation"
            "null with agent=rl2, agent.context.method=gru or behaviour.equal_episodes_per_task=false"
        |> because
            "It applies to every second episode of a task; trials have the noise of their policy."

        if keys.RememberedSuccesses > 0 then
            let needs = needs "agent.on_policy.remembered_successes"

            needs
                (NetworkTasks.defineSuccess e |> Array.contains true)
                $"0 with env={e.Choices.Env.Name}"
                "Episodes with success are remembered: tasks of Meta-World and of extensions define it."

            needs
                (keys.Lag = 0 && hasEpisodesOfTasks e)
                "0 with a lag, agent=rl2, agent.context.method=gru or behaviour.equal_episodes_per_task=false"
                "Remembered episodes are rows of a task beside those that the newest policy played."

            needs
                (not keys.AdvantagesPerMinibatch)
                "0 with agent.on_policy.advantages_per_minibatch=true"
                "Only positive advantages of remembered episodes count; within a minibatch, advantages are centred anew."
    ]

/// Discrete actions have no mean.
let private bounds (keys: OnPolicyKeys) (e: Experiment) =
    match Observed.environment e with
    | Some { Action = ActionSpace.Discrete _ } ->
        keys.BoundsLoss = 0.0
        |> orElse "agent.on_policy.bounds_loss_coefficient" $"0 with env={e.Choices.Env.Name}"
        |> because "Its actions are discrete: they have no mean that could exceed a bound."
    | _ -> []

/// What is wrong with them.
let conflicts (keys: OnPolicyKeys) (e: Experiment) : Conflict list =
    episodes keys e
    @ allotment keys e
    @ exploration keys e
    @ bounds keys e
    @ deviations keys
    @ surgery keys e

/// What is wrong where the coefficients of tasks learn; `agent` describes the experiment's agent.
let entropy (agent: AgentDescription option) (e: Experiment) =
    match e.Agent.Algorithm.OnPolicy with
    | Some keys when keys.Entropy = EntropyMethod.Tuned ->
        List.concat [
            keys.EntropyCoefficient > 0.0
            |> orElse
                "agent.on_policy.entropy_coefficient"
                "greater than 0 with agent.on_policy.entropy_method=tuned"
            |> because "Each task's coefficient starts there, for instance at 1e-3."

            match agent |> Option.bind _.LeastEntropy with
            | Some least ->
                keys.TargetEntropy > least
                |> orElse
                    "agent.on_policy.target_entropy"
                    $"above %.2f{least}, the lowest entropy of an action of this policy"
                |> because
                    "No coefficient would bring the policy there: raise it, or lower agent.on_policy.min_std where actions are continuous."
            | None -> ()

            not keys.StopEntropyGradient
            |> orElse
                "agent.on_policy.stop_entropy_gradient"
                "false with agent.on_policy.entropy_method=tuned"
            |> because "Without its gradient the coefficients would have no effect."
        ]
    | Some _
    | None -> []

/// What is wrong with the trials of an agent with a memory. Only observations of Meta-World have a place for the goal.
let trials (e: Experiment) =
    match AgentMemory.tryFind e.Agent with
    | None -> []
    | Some(path, { Trial = trial; ChunkLength = chunk; GoalWeight = weight }) ->
        let steps = AgentMemory.rowSteps e.Agent

        List.concat [
            chunk
            |> Option.forall (fun chunk -> steps % chunk = 0)
            |> orElse
                (MemoryKeys.chunkLength path)
                $"a divisor of {steps}, the steps of a trial, or null"
            |> because "Trials are cut into chunks of equal length."

            trial.Exploration < trial.Episodes
            |> orElse
                (MemoryKeys.exploration path)
                $"below {trial.Episodes}, {MemoryKeys.episodes path}"
            |> because "Success counts in the episodes after them."

            (weight.IsNone || e.Choices.Env.Family.HasGoals)
            |> orElse (MemoryKeys.goalWeight path) $"null with env={e.Choices.Env.Name}"
            |> because "Only tasks of Meta-World have goals."
        ]
