/// Presets of MAML-TRPO, the agent that is adapted to each task by gradient steps.
module internal MtrlFunctional.Experiments.AdaptationPresets

/// Reach of ML1: the goal is hidden, and test goals are others. Episodes of 100 steps, in which the hand can come from
/// anywhere to anywhere, and a network for two processors.
let reach =
    [
        "env=metaworld-ml1"
        "env.benchmark.env_name=reach"
        "agent=maml"
        "experiment.num_train_steps=4000000"
        "experiment.eval_freq=400000"
        "experiment.num_eval_episodes=50"
        "env.horizon=100"
        "env.reward_version=v2"
        "agent.actor.hidden_dim=64"
        "agent.actor.num_layers=2"
        "agent.on_policy.init_std=0.6"
        "agent.on_policy.min_std=0.15"
        "agent.on_policy.normalize_observations=True"
    ]
    |> Preset.create
        "maml/ml1-reach"
        "MAML-TRPO on reach with a hidden goal, which it learns from ten episodes"
        1

/// ML10 with the numbers of metaworld-algorithms' example (examples/meta_learning/maml_trpo_ml10_v1.py of
/// rainx0r/metaworld-algorithms, commit d56f6c9): two goals of each task in an iteration, ten episodes before and after one
/// step, two million steps of each task, advantages divided by their variance. An evaluation has ten goals of each test task:
/// it adapts to each, and fifty would take longer than the training between.
let ml10 =
    [
        "env=metaworld-ml10"
        "agent=maml"
        "experiment.num_train_steps=2000000"
        "experiment.eval_freq=200000"
        "experiment.num_eval_episodes=10"
        "env.horizon=500"
        "env.reward_version=v1"
        "behaviour.divide_advantages_by_std=False"
        "agent.actor.hidden_dim=512"
        "agent.actor.num_layers=2"
    ]
    |> Preset.create
        "maml/ml10"
        "MAML-TRPO on ML10 with the numbers of metaworld-algorithms' example, rewards v1"
        1

/// Bandits of five arms: forty of a thousand in each iteration.
let bandit =
    [
        "env=mt-bandit"
        "agent=maml"
        "experiment.num_train_steps=400000"
        "experiment.eval_freq=100000"
        "experiment.num_eval_episodes=100"
        "env.horizon=50"
        "env.num_task_states=1000"
        "env.task_visible=False"
        "agent.actor.hidden_dim=16"
        "agent.actor.num_layers=1"
        "agent.builder.discount=0"
        "agent.maml.meta_batch_size=40"
        "agent.maml.episodes_per_step=2"
    ]
    |> Preset.create
        "maml/bandit"
        "MAML-TRPO on bandits that it does not know, a hundred pulls to learn"
        1
    |> Preset.measured
        "18 s of processor time"
        "reward of a pull 0.75 after adaptation, 0.47 before"

let all = [ reach; ml10; bandit ]
