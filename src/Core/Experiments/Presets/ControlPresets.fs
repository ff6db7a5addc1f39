/// Presets of environments beside Meta-World: MTEnv's classic families and DeepMind Control.
module internal MtrlFunctional.Experiments.ControlPresets

/// MT-PPO with small networks.
let private classic family (steps: int) words =
    [
        $"env=mt-{family} agent=mtppo setup.threads=1"
        $"experiment: num_train_steps={steps} eval_freq={steps / 10} save_freq={steps / 10}"
        "agent.actor.hidden_dim=64"
    ]
    @ words
    |> Preset.ofLines $"mtenv/{family}" 3
    <| $"MT-PPO on {family} of MTEnv, unseen tasks in the evaluation"

/// Iterations of 10,000 steps.
let private brief = [
    "agent.actor.num_layers=2 agent.optimizers.actor.lr=1e-3 agent.optimizers.critic.lr=1e-3"
    "agent.on_policy: batch_size=10000 minibatch_size=500"
]

/// Millions of steps with a learning rate that falls to zero, and an entropy bonus.
let private extended = [
    "agent.actor.num_layers=3 agent.optimizers.actor.lr=3e-3 agent.optimizers.critic.lr=3e-3"
    "agent.on_policy: lr_schedule=linear entropy_method=regularized"
    "agent.ppo.epochs=5"
]

/// The classic families whose tasks can be learned.
let classicPresets = [
    // A force near 0 cannot hold the pole.
    classic "cartpole" 500_000 (brief @ [ "env: min_force=2 num_task_states=1000" ])
    |> Preset.measured
        "24 s of processor time"
        "97 to 100 % of 200 unseen tasks held for 475 of 500 steps"

    classic "acrobot" 16_000_000 [
        "env.num_task_states=50000"
        "agent.on_policy: episode_length=150 batch_size=60000 minibatch_size=2000"
        // Without it the policy soon repeats its first way to swing up.
        "agent.on_policy.entropy_coefficient=0.06"
        yield! extended
    ]
    |> Preset.measured "6 min of processor time" "93 to 94.5 % of 200 unseen tasks within 100 steps"

    // Without the boxes in the observation the goal can only be guessed.
    classic "two-goal-maze" 3_000_000 [
        "env.shows_boxes=True"
        "agent.on_policy: batch_size=30000 minibatch_size=1000 entropy_coefficient=0.05"
        yield! extended
    ]
    |> Preset.measured "1.5 min" "97 to 98 % of 2,000 episodes reach the goal, not the other box"

    classic "finite-bandit" 300_000 brief
    |> Preset.measured "1 to 2 min" "regret of 0.004 to 0.022 a step"
]

/// Two layers of 256 units, one thread.
let private smallSac = [
    "setup.threads=1 experiment.init_steps=1000"
    "agent.actor: hidden_dim=256 num_layers=2"
    "agent.optimizers.actor.lr=1e-3 agent.optimizers.critic.lr=1e-3"
    "agent.builder: init_temperature=0.1 critic_tau=0.01"
    "replay_buffer.batch_size=256"
]

/// Soft actor-critic from states, for 100,000 control steps with the action repeats of PlaNet (Hafner et al. 2019,
/// arXiv:1811.04551, table 1).
let private fromStates task repeat =
    let steps = 100_000 / repeat

    [
        $"env=dmc-{task} agent=state_sac env.builder.make_kwargs.frame_skip={repeat}"
        $"experiment: num_train_steps={steps} eval_freq={steps / 5} save_freq={steps / 5}"
        yield! smallSac
    ]
    |> Preset.ofLines $"dmc/{task}" 3
    <| $"SAC from states on {task}, 100,000 control steps"

/// Four tasks of the PlaNet benchmark.
let deepMindControl = [
    fromStates "cartpole-swingup" 8 |> Preset.measured "1.5 min" "return 858 ± 3"
    fromStates "cheetah-run" 4 |> Preset.measured "under 12 min" "return 185 ± 28"
    fromStates "finger-spin" 2 |> Preset.measured "12 min" "return 715 ± 161"
    fromStates "walker-walk" 2 |> Preset.measured "12 min" "return 743 ± 19"
]

/// Soft actor-critic from images with random shifts, small enough for one core: encoders of 8 filters, batches of 64.
let fromImages =
    Preset.ofLines "pixels/cartpole-balance" 1 [
        "env=dmc-cartpole-balance agent=sac"
        "env.builder.make_kwargs: from_pixels=True frame_skip=8"
        "experiment: num_train_steps=20000 eval_freq=1000 num_eval_episodes=5 save_freq=5000"
        "agent.num_filters=8"
        yield! smallSac
        "replay_buffer: capacity=30000 batch_size=64 random_shift=4"
    ]
    <| "SAC from images on cartpole-balance, a small encoder"
    |> Preset.measured "51 min on one busy core" "return 920"

/// Agents on the variants of a model, four of which train; the others are inside and outside of their range. `returns`:
/// on the variants trained on, between and beyond, means of three seeds.
let private onVariants name env (agent, title, returns) =
    Preset.ofLines $"variants/{name}-{title}" 3 [
        $"setup=hipbmdp env={env} agent={agent} agent.encoder.type_to_select=feedforward"
        "env.builder.make_kwargs.frame_skip=2"
        "experiment: num_train_steps=12500 eval_freq=2500 save_freq=2500"
        "agent.builder: actor_update_freq=1 critic_target_update_freq=1"
        "behaviour.one_hot_tasks=False"
        yield! smallSac

        if agent <> "state_sac" then
            "agent.transition_model.transition_cfg.layer_width=256"
    ]
    <| $"{agent} from states on four variants of {env}, 25,000 control steps in each"
    |> Preset.measured "4 min" $"return {returns} (trained / between / beyond)"

/// HiP-BMDP, DeepMDP and SAC on two families of variants.
let variants = [
    for agent in
        [
            "state_sac", "sac", "468 / 497 / 473"
            "state_deepmdp", "deepmdp", "946 / 949 / 947"
            "hipbmdp", "hipbmdp", "884 / 900 / 886"
        ] do
        onVariants "walker-walk-len" "dmc-walker-walk-vary-len" agent

    for agent in
        [
            "state_sac", "sac", "306 / 333 / 274"
            "state_deepmdp", "deepmdp", "334 / 363 / 313"
            "hipbmdp", "hipbmdp", "391 / 403 / 393"
        ] do
        onVariants "cheetah-run-torso-length" "dmc-cheetah-run-vary-torso_length" agent
]
