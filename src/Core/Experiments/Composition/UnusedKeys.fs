/// Keys that an agent has no use for: setting one is a mistake, not a choice.
module internal MtrlFunctional.Experiments.UnusedKeys

/// Keys of agents with a replay, and what serves in their place for those without.
let private offPolicy = [
    "replay_buffer.batch_size", "agent.on_policy.minibatch_size"
    "replay_buffer.capacity", "agent.on_policy.batch_size"
    "experiment.init_steps", ""
    "experiment.updates_per_step", "agent.ppo.epochs"
    "experiment.save.buffer.should_save", ""
    "experiment.envs_to_exclude_during_training", "env.tasks"
    "agent.builder.init_temperature", "agent.on_policy.entropy_coefficient"
    "agent.builder.actor_update_freq", "agent.ppo.epochs"
    "agent.builder.critic_tau", ""
    "agent.builder.critic_target_update_freq", ""
    "agent.builder.encoder_tau", ""
    "agent.actor.log_std_bounds", "agent.on_policy.min_std"
    "agent.multitask.should_use_disentangled_alpha", "agent.on_policy.entropy_method"
    "agent.optimizers.alpha", "agent.on_policy.entropy_lr"
    "agent.multitask.task_encoder_cfg.optimizer_cfg", "agent.optimizers.actor.lr"
]

/// Places of the table that do nothing for an agent, where `families` are the algorithms of the table.
let private places (families: Family list) (family: Family) = [
    if family.IsOnPolicy then
        yield! offPolicy

    if not family.HasTaskGradients then
        "agent.surgery", ""

    for place in
        families
        |> List.collect _.OwnKeys
        |> List.distinct
        |> List.except family.OwnKeys do
        place, ""
]

/// What is wrong with the keys that were given, if anything.
let mistakes families (choices: Choices) (given: seq<string>) = [
    for key in given do
        for place, instead in places families choices.Agent.Family do
            if key = place || key.StartsWith(place + ".") then
                ConfigError.NoUse(key, choices.Agent.Name, instead)
]
