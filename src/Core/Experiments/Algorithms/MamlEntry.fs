/// MAML-TRPO: a policy that gradient steps adapt to each task (`agent=maml`).
///
/// Reading order: config → checks → entry.
module internal MtrlFunctional.Experiments.MamlEntry

open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Training

/// For observations of `obsSize` numbers. Raises ArgumentException for another algorithm.
let private config precision obsSize actions (e: Experiment) : MamlConfig =
    match e.Agent.Algorithm.Adaptation, e.Agent.Algorithm.Trpo with
    | Some keys, Some trpo ->
        // No task is known, so that none has an embedding.
        let policy = OnPolicySetup.ofExperiment precision None obsSize actions e

        {
            Policy = {
                policy with
                    Tasks = 1
                    // The value function is fitted to these returns: none goes on behind its episode.
                    Target = DiscountedReturns
                    BootstrapTimeLimits = false
                    PaddingInAdvantages = false
                    Advantage = {
                        policy.Advantage with
                            NormalisedOver =
                                if (AlgorithmKeys.onPolicy e.Agent.Algorithm).CenterAdvantages then
                                    Some EachTask
                                else
                                    None
                    }
            }
            TrustRegion = OnPolicySetup.trustRegion trpo e
            InnerRate = keys.InnerRate
            InnerSteps = keys.InnerSteps
            Rows = keys.Episodes
        }
    | _ -> invalidArg (nameof e) "Its algorithm is not MAML-TRPO."

let private create setting (e: Experiment) =
    let obs, actions = AlgorithmEntry.spaces setting

    config setting.Precision obs actions e |> MamlAlgorithm.create setting.Shards

let private conflicts (e: Experiment) =
    List.concat [
        TrpoEntry.precision e
        AlgorithmEntry.corrected e

        (AlgorithmKeys.onPolicy e.Agent.Algorithm).Entropy <> EntropyMethod.Tuned
        |> orElse "agent.on_policy.entropy_method" "another one with agent=maml"
        |> because
            "Coefficients are learned for each task, and the tasks of an iteration are new ones."

        e.Environment.RewardNormalization <> RewardNormalization.Running
        |> orElse "env.reward_normalization" "another one with agent=maml"
        |> because
            "Each task has its own statistics, and the tasks of an iteration are new ones; advantages are normalised."
    ]

let private family = {
    Family.ofEpisodes "maml" "MAML-TRPO, a policy that gradient steps adapt to each task" with
        HasDiscreteActions = true
        FindsTask = true
}

let entry =
    let schema =
        AlgorithmSchema.create [ AgentChoice.create "maml" family ]
        |> AlgorithmSchema.withGroups [ KeyGroup.onPolicy; KeyGroup.trpo; KeyGroup.adaptation ]
        |> AlgorithmSchema.withDefaults [
            "agent.on_policy.gae_lambda", Value.Float 1.0
            "agent.on_policy.std_per_task", Value.Bool false
            // As in Meta-World's experiments.
            "agent.on_policy.value_function", Value.Text "linear"
        ]
        |> AlgorithmSchema.withInstead [
            "agent.on_policy.batch_size", "agent.maml.episodes_per_step"
            "agent.optimizers.actor", "agent.maml.inner_lr"
        ]
        // Its fixed steps, groups and value function leave them without effect.
        |> AlgorithmSchema.withoutUse [
            "agent.critic"
            "agent.optimizers.critic"

            for line in
                [
                    "minibatch_size workers lag asynchronous rho_bar c_bar"
                    "steps_after_success min_episodes max_episodes episodes_by remembered_successes slow_noise_correlation"
                    "advantages_per_task advantages_per_minibatch std_per_task value_function"
                    "value_epochs value_layer_norm normalize_values observations_per_task"
                    "max_grad_norm bounds_loss_coefficient lr_schedule lr_decay_start"
                ] do
                for name in line.Split ' ' do
                    $"agent.on_policy.{name}"

            "behaviour.equal_episodes_per_task"
            "behaviour.bootstrap_time_limits"
            "behaviour.padding_in_advantages"
            "setup.parts"
        ]

    { AlgorithmEntry.create schema create with Conflicts = conflicts }
