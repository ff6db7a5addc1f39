/// Presets of environments beside Meta-World: MTEnv's classic families and DeepMind Control.
module internal MtrlFunctional.Experiments.ControlPresets

let private seeds = [ "setup.seed_ref=1"; "setup.num_seeds=3"; "setup.threads=1" ]

/// MT-PPO with small networks.
let private classic family (steps: int) words =
    $"mtenv/{family}",
    [
        $"env=mt-{family}"
        "agent=mtppo"
        $"setup.name=mtenv-{family}"
        $"experiment.num_train_steps={steps}"
        $"experiment.eval_freq={steps / 10}"
        $"experiment.save_freq={steps / 10}"
        "agent.actor.hidden_dim=64"
    ]
    @ seeds
    @ words

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
    classic "two-goal-maze" 300_000 brief
    classic "finite-bandit" 300_000 brief
]

/// Soft actor-critic from states, for 100,000 control steps with the action repeats of PlaNet (Hafner et al. 2019,
/// arXiv:1811.04551, table 1).
let private fromStates task repeat =
    let steps = 100_000 / repeat

    $"dmc/{task}",
    [
        $"env=dmc-{task}"
        "agent=state_sac"
        $"setup.name=dmc-{task}"
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
    @ seeds

/// Four tasks of the PlaNet benchmark.
let deepMindControl = [
    fromStates "cartpole-swingup" 8
    fromStates "cheetah-run" 4
    fromStates "finger-spin" 2
    fromStates "walker-walk" 2
]
