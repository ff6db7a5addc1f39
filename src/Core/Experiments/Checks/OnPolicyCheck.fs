/// Iterations and minibatches of on-policy agents, bounds of their actions, and which surgery they can have.
module internal MtrlFunctional.Experiments.OnPolicyCheck

open MtrlFunctional
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Spaces

/// Episodes and minibatches of an on-policy agent.
let private episodes (keys: OnPolicyKeys) (e: Experiment) =
    List.concat [
        let length, horizon, steps =
            keys.EpisodeLength, e.Environment.Horizon, SamplingPlan.steps e

        unless
            (length <= horizon)
            "agent.on_policy.episode_length"
            (whole length)
            $"at most {horizon}, env.horizon"
            "Episodes may be shorter while the agent learns, not longer."

        unless
            (length = horizon || e.Behaviour.SeparateEvaluation)
            "agent.on_policy.episode_length"
            (whole length)
            $"{horizon}, env.horizon, with behaviour.separate_evaluation=false"
            "The training episodes themselves are evaluated."

        unless
            (keys.StepsAfterSuccess.IsNone
             || e.Behaviour.SeparateEvaluation
                && e.Behaviour.BootstrapTimeLimits
                && (AgentMemory.tryTrial e.Agent).IsNone)
            "agent.on_policy.steps_after_success"
            (keys.StepsAfterSuccess |> Option.map whole |> Option.defaultValue Value.Null)
            "null with agent=rl2, agent.context.method=gru, behaviour.separate_evaluation=false or bootstrap_time_limits=false"
            "A cut episode bootstraps from the value of its last observation and is not evaluated; trials are not cut."

        unless
            (keys.Minibatch <= steps || e.Agent.Algorithm.Adaptation.IsSome)
            "agent.on_policy.minibatch_size"
            (whole keys.Minibatch)
            $"at most {steps}, the steps of an iteration"
            "Set it to that or less, or raise agent.on_policy.batch_size, which is that number, rounded up to whole episodes."

        unless
            (keys.Lag = 0
             || e.Behaviour.BootstrapTimeLimits && not e.Behaviour.PaddingInAdvantages)
            "agent.on_policy.lag"
            (whole keys.Lag)
            "0 with behaviour.bootstrap_time_limits=false or behaviour.padding_in_advantages=true"
            "V-trace corrects values that bootstrap: set bootstrap_time_limits=true and padding_in_advantages=false, or lag=0."

        unless
            (not keys.Asynchronous || keys.Lag > 0)
            "agent.on_policy.asynchronous"
            (Value.Bool true)
            "False with agent.on_policy.lag=0"
            "Iterations are played ahead of updates: set agent.on_policy.lag to how many at most."

        unless
            (not keys.ObservationsPerTask
             || keys.NormalizeObservations && e.Behaviour.EqualEpisodesPerTask)
            "agent.on_policy.observations_per_task"
            (Value.Bool true)
            "false without agent.on_policy.normalize_observations=True or with behaviour.equal_episodes_per_task=false"
            "It chooses the rows whose mean and deviation scale an observation."
    ]

/// Bounds of σ.
let private deviations (keys: OnPolicyKeys) =
    match keys.MaxStd with
    | None -> []
    | Some most ->
        unless
            (keys.MinStd <= most && keys.InitStd <= most)
            "agent.on_policy.max_std"
            (Value.Float most)
            $"at least agent.on_policy.min_std and init_std, {max keys.MinStd keys.InitStd}"
            "It is the upper bound of the policy's σ."

/// Methods of surgery that divide by losses or take their logarithms weigh the losses of the value function, not those of
/// the policy (`Surgery.OfSignedLosses`).
let private surgery (keys: OnPolicyKeys) (e: Experiment) =
    let name = e.Agent.Surgery.Method

    let readsLosses =
        SurgeryKeys.surgery e.Behaviour e.Environment.Tasks e.Agent.Surgery
        |> Option.exists _.OfSignedLosses.IsSome

    unless
        (not readsLosses || keys.Value = ValueKind.Squared)
        "agent.surgery.method"
        (Value.Text name)
        "another method where agent.on_policy.value_function is not squared"
        $"{name} reads losses that are not negative: squared errors of a value network."

/// σ is held for each task by itself, by its success.
let private heldStd (keys: OnPolicyKeys) (e: Experiment) =
    match keys.UnsolvedStd with
    | None -> []
    | Some least ->
        let needs holds allowed why =
            unless holds "agent.on_policy.unsolved_std" (Value.Float least) allowed why

        List.concat [
            needs
                (SuccessOfTasks.areDefined e |> Array.forall id)
                $"null with env={e.Choices.Env.Name}"
                "σ is held up while a task has no success: tasks of Meta-World and of extensions define it."
            needs
                (keys.StdPerTask
                 && e.Behaviour.EqualEpisodesPerTask
                 && (AgentMemory.tryTrial e.Agent).IsNone)
                "null with agent.on_policy.std_per_task=False, agent=rl2, agent.context.method=gru or behaviour.equal_episodes_per_task=false"
                "Each task needs a σ of its own."
            needs
                (least > keys.MinStd && keys.MaxStd |> Option.forall (fun most -> least <= most))
                $"above {keys.MinStd}, agent.on_policy.min_std, and at most agent.on_policy.max_std"
                "It is the lower bound of σ for unsolved tasks."
        ]

/// Discrete actions have no mean.
let private bounds (keys: OnPolicyKeys) (e: Experiment) =
    match Observed.environment e with
    | Some { Action = ActionSpace.Discrete _ } ->
        unless
            (keys.BoundsLoss = 0.0)
            "agent.on_policy.bounds_loss_coefficient"
            (Value.Float keys.BoundsLoss)
            $"0 with env={e.Choices.Env.Name}"
            "Its actions are discrete: they have no mean that could exceed a bound."
    | _ -> []

/// What is wrong with them.
let conflicts (keys: OnPolicyKeys) (e: Experiment) : ConfigError list =
    episodes keys e
    @ AllotmentCheck.conflicts keys e
    @ heldStd keys e
    @ bounds keys e
    @ deviations keys
    @ surgery keys e
