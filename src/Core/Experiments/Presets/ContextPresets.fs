/// Presets of MT-PPO that infers hidden goals from the trial so far (`agent.context.method=gru`).
module internal MtrlFunctional.Experiments.ContextPresets

/// Reach of ML1: trials of two episodes that explore and one that counts, of 1,000 training goals, which are privileged
/// (docs/adr/0047). The encoding has as many numbers as a goal, noise is correlated in time so that a memory meets many
/// trajectories, and one of the fifty goals of the benchmark would be recognised instead of found. In episodes of 100
/// steps the hand can come from anywhere to anywhere.
let reach =
    Preset.ofLines "context/ml1-reach" 1 [
        "env=metaworld-ml1"
        "env: num_goals=1000 reward_version=v2"
        "agent=mtppo"
        "agent.context: method=gru episodes_per_trial=3 exploration_episodes=2 units=96"
        "agent.context.goal_weight=5"
        "agent.multitask.should_use_task_encoder=True"
        "agent.multitask.task_encoder_cfg.model_cfg: output_dim=3 hidden_dim=64 num_layers=1"
        "agent.actor: hidden_dim=64 num_layers=2"
        "agent.critic: hidden_dim=64 num_layers=2"
        "agent.optimizers.actor.lr=5e-4 agent.optimizers.critic.lr=1e-3"
        "agent.on_policy: normalize_observations=True value_function=squared"
        "agent.on_policy: value_layer_norm=True noise_correlation=0.8 min_std=0.15"
        "agent.ppo.target_kl=0.1 experiment.num_eval_episodes=50 setup.threads=1"
        "env.benchmark.env_name=reach env.horizon=100"
        "experiment: num_train_steps=3000000 eval_freq=150000"
        "agent.on_policy: batch_size=15000 minibatch_size=1500 init_std=0.6"
    ]
    <| "MT-PPO on reach with a hidden goal, which it infers from the trial; 1,000 training goals"
    |> Preset.measured
        "12 min of one processor"
        "reach: 100, 98 and 92 % of 50 test goals, three seeds"

let all = [ reach ]
