/// Presets of MAML-TRPO, the agent that is adapted to each task by gradient steps.
module internal MtrlFunctional.Experiments.AdaptationPresets

/// Reach of ML1: the goal is hidden, and test goals are others. Episodes of 100 steps, in which the hand can come from
/// anywhere to anywhere, and a network for two processors.
let reach =
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
let ml10 =
    Preset.ofLines "maml/ml10" 1 [
        "env=metaworld-ml10 agent=maml"
        "experiment: num_train_steps=2000000 eval_freq=200000 num_eval_episodes=10"
        "env: horizon=500 reward_version=v1"
        "behaviour.divide_advantages_by_std=False"
        "agent.actor: hidden_dim=512 num_layers=2"
    ]
    <| "MAML-TRPO on ML10 with the numbers of metaworld-algorithms' example, rewards v1"

/// Bandits of five arms: forty of a thousand in each iteration.
let bandit =
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

let all = [ reach; ml10; bandit ]
