/// What must hold where tasks have different numbers of episodes in an iteration.
module internal MtrlFunctional.Experiments.AllotmentCheck

open MtrlFunctional.Experiments.Requirement

let private key = "agent.on_policy.min_episodes"

/// All that is wrong where episodes are divided by learning progress.
let conflicts (keys: OnPolicyKeys) (e: Experiment) : ConfigError list =
    match keys.MinEpisodes with
    | None -> []
    | Some least ->
        let needs holds allowed why =
            unless holds key (whole least) allowed why

        let definesSuccess =
            match e.Choices.Env with
            | EnvChoice.Own _ -> true
            | env -> Choices.isMetaWorld env

        let mean = SamplingPlan.episodesOfTask e

        [
            yield!
                needs
                    definesSuccess
                    $"null with env={Choices.envName e.Choices.Env}"
                    "Learning progress is a change of success rates: tasks of Meta-World and of extensions have them."
            yield!
                needs
                    (keys.Lag = 0
                     && e.Behaviour.BalancedTasks
                     && e.Behaviour.SeparateEvaluation
                     && (AgentMemory.tryTrial e.Agent).IsNone)
                    "null with a lag, agent=rl2, agent.context.method=gru, behaviour.balanced_tasks=false or separate_evaluation=false"
                    "An iteration is divided by the success of those before it, each row an episode."
            yield!
                needs
                    (least <= mean)
                    $"at most {mean}, the mean"
                    "agent.on_policy.batch_size has the steps of all episodes."
        ]
