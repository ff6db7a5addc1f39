/// Presets of environments beside Meta-World: MTEnv's classic families and DeepMind Control.
module internal MtrlFunctional.Experiments.ControlPresets

/// MT-PPO with small networks.
let private classic family (steps: int) words =
    [
        $"env=mt-{family}"
        "agent=mtppo"
        "setup.threads=1"
        $"experiment.num_train_steps={steps}"
        $"experiment.eval_freq={steps / 10}"
        $"experiment.save_freq={steps / 10}"
        "agent.actor.hidden_dim=64"
    ]
    @ words
    |> Preset.create
        $"mtenv/{family}"
        $"MT-PPO on {family} of MTEnv, unseen tasks in the evaluation"
        3

/// Iterations of 10,000 steps.
let private brief = [
    "agent.actor.num_layers=2"
    "agent.optimizers.actor.lr=1e-3"
    "agent.optimizers.critic.lr=1e-3"
    "agent.on_policy.batch_size=10000"
    "agent.on_policy.minibatch_size=500"
]

/// The classic families whose tasks can be learned.
let classicPresets = [
    // A force near 0 cannot hold the pole.
    classic "cartpole" 500_000 (brief @ [ "env.min_force=2"; "env.num_task_states=1000" ])
    |> Preset.measured
        "24 s of processor time"
        "97 to 100 % of 200 unseen tasks held for 475 of 500 steps"

    classic "acrobot" 16_000_000 [
        "env.num_task_states=50000"
        "agent.actor.num_layers=3"
        "agent.optimizers.actor.lr=3e-3"
        "agent.optimizers.critic.lr=3e-3"
        "agent.on_policy.lr_schedule=linear"
        "agent.on_policy.episode_length=150"
        "agent.on_policy.batch_size=60000"
        "agent.on_policy.minibatch_size=2000"
        "agent.ppo.epochs=5"
    ]
    |> Preset.measured "6 min of processor time" "85 to 90 % of 200 unseen tasks within 100 steps"

    classic "two-goal-maze" 300_000 brief
    |> Preset.measured "1 to 2 min" "0 or 1 of 2 tasks; more than a half is impossible"

    classic "finite-bandit" 300_000 brief
    |> Preset.measured "1 to 2 min" "regret of 0.004 to 0.022 a step"
]

/// Soft actor-critic from states, for 100,000 control steps with the action repeats of PlaNet (Hafner et al. 2019,
/// arXiv:1811.04551, table 1).
let private fromStates task repeat =
    let steps = 100_000 / repeat

    [
        $"env=dmc-{task}"
        "agent=state_sac"
        "setup.threads=1"
        $"env.builder.make_kwargs.frame_skip={repeat}"
        $"experiment.num_train_steps={steps}"
        $"experiment.eval_freq={steps / 5}"
        $"experiment.save_freq={steps / 5}"
        "experiment.init_steps=1000"
        "agent.actor.hidden_dim=256"
        "agent.actor.num_layers=2"
        "agent.optimizers.actor.lr=1e-3"
        "agent.optimizers.critic.lr=1e-3"
        "agent.builder.init_temperature=0.1"
        "agent.builder.critic_tau=0.01"
        "replay_buffer.batch_size=256"
    ]
    |> Preset.create $"dmc/{task}" $"SAC from states on {task}, 100,000 control steps" 3

/// Four tasks of the PlaNet benchmark.
let deepMindControl = [
    fromStates "cartpole-swingup" 8 |> Preset.measured "1.5 min" "return 858 ± 3"
    fromStates "cheetah-run" 4 |> Preset.measured "under 12 min" "return 185 ± 28"
    fromStates "finger-spin" 2 |> Preset.measured "12 min" "return 715 ± 161"
    fromStates "walker-walk" 2 |> Preset.measured "12 min" "return 743 ± 19"
]
