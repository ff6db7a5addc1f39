/// What must hold where tasks have different numbers of episodes in an iteration.
module internal MtrlFunctional.Experiments.AllotmentCheck

open MtrlFunctional.Training
open MtrlFunctional.Experiments.Requirement

let private key = "agent.on_policy.min_episodes"
let private mostKey = "agent.on_policy.max_episodes"

/// Keys that divide episodes, where all tasks have as many.
let private withoutLeast (keys: OnPolicyKeys) =
    let why =
        "Tasks have different numbers of episodes only with agent.on_policy.min_episodes."

    List.concat [
        match keys.MaxEpisodes with
        | Some most -> unless false mostKey (whole most) $"null with {key}=null" why
        | None -> ()
        unless
            (keys.Priority = TaskPriority.Progress)
            "agent.on_policy.episodes_by"
            (Value.Text "failure")
            $"progress with {key}=null"
            why
    ]

/// All that is wrong where episodes are divided among tasks.
let conflicts (keys: OnPolicyKeys) (e: Experiment) : ConfigError list =
    match keys.MinEpisodes with
    | None -> withoutLeast keys
    | Some least ->
        let needs holds allowed why =
            unless holds key (whole least) allowed why

        let mean = SamplingPlan.episodesOfTask e

        List.concat [
            needs
                (SuccessOfTasks.areDefined e |> Array.contains true)
                $"null with env={e.Choices.Env.Name}"
                "Episodes are divided by success rates, which tasks of Meta-World and of extensions define."
            needs
                (keys.Lag = 0
                 && e.Behaviour.EqualEpisodesPerTask
                 && e.Behaviour.SeparateEvaluation
                 && (AgentMemory.tryTrial e.Agent).IsNone)
                "null with a lag, agent=rl2, agent.context.method=gru, behaviour.equal_episodes_per_task=false or separate_evaluation=false"
                "Episodes are divided by the success of earlier iterations, and each row must be one episode."
            needs
                (least <= mean)
                $"at most {mean}, the mean"
                "agent.on_policy.batch_size has the steps of all episodes."
            match keys.MaxEpisodes with
            | Some most ->
                unless
                    (most >= mean)
                    mostKey
                    (whole most)
                    $"at least {mean}, the mean"
                    "agent.on_policy.batch_size has the steps of all episodes."
            | None -> []
        ]
