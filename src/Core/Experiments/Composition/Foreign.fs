/// Keys that an agent has no use for: setting one is a mistake, not a choice.
module internal Mtrl.Experiments.Foreign

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

let private onPolicy = [ "agent.on_policy", "" ]

let private distral = [ "agent.distral_alpha", "" ]
let private ppo = [ "agent.ppo", "" ]
let private trpo = [ "agent.trpo", "" ]

/// Places of the table that do nothing for an agent.
let private places (choices: Choices) =
    match choices.Agent.Family with
    | Family.Ppo -> offPolicy @ distral @ trpo
    | Family.Trpo -> offPolicy @ distral @ ppo
    | Family.Distral -> [ "agent.surgery", "" ] @ onPolicy @ ppo @ trpo
    | Family.Sac
    | Family.SacAe
    | Family.DeepMdp
    | Family.HipBmdp -> onPolicy @ distral @ ppo @ trpo

/// What is wrong with the keys that were given, if anything.
let mistakes (choices: Choices) (given: seq<string>) = [
    let agent = Choices.nameOf Choices.agents choices.Agent

    for key in given do
        for place, instead in places choices do
            if key = place || key.StartsWith(place + ".") then
                ConfigError.NoUse(key, agent, instead)
]
