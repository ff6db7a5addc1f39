/// Presets of agents that find out their task: by a memory over trials (RL²), by a context, or by gradient steps (MAML-TRPO).
module internal MtrlFunctional.Experiments.MetaPresets

/// Reach of ML1: the goal is hidden, and test goals are others. Two episodes to find it and one that counts, of 100 steps,
/// in which the hand can come from anywhere to anywhere.
let private memoryReach =
    Preset.ofLines "rl2/ml1-reach" 1 [
        "env=metaworld-ml1 env.benchmark.env_name=reach agent=rl2"
        "experiment: num_train_steps=3000000 eval_freq=300000 num_eval_episodes=50"
        "env: horizon=100 reward_version=v2"
        "agent.rl2: episodes_per_trial=3 exploration_episodes=2 units=128"
        "agent.actor: hidden_dim=64 num_layers=1"
        "agent.optimizers.actor.lr=1.5e-3"
        "agent.on_policy: batch_size=30000 minibatch_size=6000 init_std=0.6 min_std=0.15"
        "agent.ppo.target_kl=0.05"
    ]
    <| "RL² on reach with a hidden goal, trials of three episodes"
    |> Preset.measured
        "not measured"
        "reach: 20 to 40 % of 50 trials after 0.9 to 1.8 million steps"

/// ML10 with the numbers of metaworld-algorithms' example (examples/meta_learning/rl2_ml10_v1.py of
/// rainx0r/metaworld-algorithms, commit a2abf6a), as far as there are keys: trials of ten episodes of 500 steps with two goals of
/// each task in an iteration, two million steps of each task. What differs: docs/algorithms/rl2.md.
/// The example sets no weight of the entropy: it is the program's default. The tenth episode of a trial counts in
/// evaluations of the run; `mtrl eval --trial 10,3` is nearer to the original's.
let private memoryMl10 =
    Preset.ofLines "rl2/ml10" 1 [
        "env=metaworld-ml10 agent=rl2"
        "experiment: num_train_steps=2000000 eval_freq=200000 num_eval_episodes=10"
        "env: horizon=500 reward_version=v1"
        "agent.rl2: episodes_per_trial=10 exploration_episodes=9 units=256"
        "agent.actor: hidden_dim=256 num_layers=2"
        "agent.optimizers.actor.lr=5e-4"
        "agent.on_policy: batch_size=100000 max_grad_norm=1 center_advantages=False"
        "agent.on_policy: entropy_method=regularized entropy_coefficient=0.005 gae_lambda=0.95"
        "agent.ppo: clip=0.2 epochs=10"
    ]
    <| "RL² on ML10 with the numbers of metaworld-algorithms' example, rewards v1"

/// Bandits of five arms, a new one in each trial of fifty pulls.
let private memoryBandit =
    Preset.ofLines "rl2/bandit" 1 [
        "env=mt-bandit agent=rl2"
        "experiment: num_train_steps=400000 eval_freq=100000 num_eval_episodes=100"
        "env: horizon=50 num_task_states=1000 task_visible=False"
        "agent.rl2: episodes_per_trial=1 exploration_episodes=0 units=48 time_constant=20"
        "agent.actor: hidden_dim=32 num_layers=1"
        "agent.builder.discount=0.95 agent.optimizers.actor.lr=1e-3"
        "agent.optimizers.critic.lr=1e-3"
        "agent.on_policy: value_function=squared batch_size=10000 minibatch_size=2500"
    ]
    <| "RL² on bandits that it does not know, fifty pulls each"
    |> Preset.measured "59 s of processor time" "return 39.7 of 50 pulls; of the best arm 41.7"

/// Cart-poles with hidden constants, the sign of the force among them. A pole that falls ends its episode: of three, the
/// first shows the constants.
let private memoryCartPole =
    Preset.ofLines "rl2/cartpole" 1 [
        "env=mt-cartpole agent=rl2"
        "experiment: num_train_steps=600000 eval_freq=300000 num_eval_episodes=50"
        "env: horizon=200 min_force=2 num_task_states=1000 task_visible=False"
        "setup.threads=1"
        "agent.rl2: episodes_per_trial=3 exploration_episodes=1 units=32 time_constant=30"
        "agent.actor: hidden_dim=32 num_layers=1"
        "agent.builder.discount=0.98 agent.optimizers.actor.lr=3e-3"
        "agent.on_policy: episode_length=100 batch_size=15000 minibatch_size=3000"
        "agent.ppo.epochs=6"
    ]
    <| "RL² on cart-poles with hidden constants, three episodes each"
    |> Preset.measured "not measured" "188, 172, 167 of 200 steps in the three episodes"

/// MT-PPO infers hidden goals of reach from the trial so far (`agent.context.method=gru`): trials of two episodes that explore and one that counts, of 1,000 training goals, which are privileged
/// (docs/adr/0047). The encoding has as many numbers as a goal, noise is correlated in time so that a memory meets many
/// trajectories, and one of the fifty goals of the benchmark would be recognised instead of found. In episodes of 100
/// steps the hand can come from anywhere to anywhere.
let private contextReach =
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

/// Reach of ML1: the goal is hidden, and test goals are others. Episodes of 100 steps, in which the hand can come from
/// anywhere to anywhere, and a network for two processors.
let private adaptedReach =
    Preset.ofLines "maml/ml1-reach" 1 [
        "env=metaworld-ml1 env.benchmark.env_name=reach agent=maml"
        "experiment: num_train_steps=4000000 eval_freq=400000 num_eval_episodes=50"
        "env: horizon=100 reward_version=v2"
        "agent.actor: hidden_dim=64 num_layers=2"
        "agent.on_policy: init_std=0.6 min_std=0.15 normalize_observations=True"
    ]
    <| "MAML-TRPO on reach with a hidden goal, which it learns from ten episodes"

/// ML10 with the numbers of metaworld-algorithms' example (examples/meta_learning/maml_trpo_ml10_v1.py of
/// rainx0r/metaworld-algorithms, commit d56f6c9): two goals of each task in an iteration, ten episodes before and after one
/// step, two million steps of each task, advantages divided by their variance. An evaluation has ten goals of each test task:
/// it adapts to each, and fifty would take longer than the training between.
let private adaptedMl10 =
    Preset.ofLines "maml/ml10" 1 [
        "env=metaworld-ml10 agent=maml"
        "experiment: num_train_steps=2000000 eval_freq=200000 num_eval_episodes=10"
        "env: horizon=500 reward_version=v1"
        "behaviour.divide_advantages_by_std=False"
        "agent.actor: hidden_dim=512 num_layers=2"
    ]
    <| "MAML-TRPO on ML10 with the numbers of metaworld-algorithms' example, rewards v1"

/// Bandits of five arms: forty of a thousand in each iteration.
let private adaptedBandit =
    Preset.ofLines "maml/bandit" 1 [
        "env=mt-bandit agent=maml"
        "experiment: num_train_steps=400000 eval_freq=100000 num_eval_episodes=100"
        "env: horizon=50 num_task_states=1000 task_visible=False"
        "agent.actor: hidden_dim=16 num_layers=1"
        "agent.builder.discount=0"
        "agent.maml: meta_batch_size=40 episodes_per_step=2"
    ]
    <| "MAML-TRPO on bandits that it does not know, a hundred pulls to learn"
    |> Preset.measured
        "18 s of processor time"
        "reward of a pull 0.75 after adaptation, 0.47 before"

let all = [
    memoryReach
    memoryMl10
    memoryBandit
    memoryCartPole
    contextReach
    adaptedReach
    adaptedMl10
    adaptedBandit
]
