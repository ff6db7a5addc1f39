/// Presets: of the agent that plans, and of MT-PPO with contexts.
module MtrlFunctional.Cadm.CadmPresets

open MtrlFunctional.Experiments

/// Cart-poles whose constants, and on which side a push goes, are hidden. Training states are inside a box, evaluation
/// states outside.
let private hidden = [
    "env=mt-cartpole"
    "setup.threads=1"
    "env.horizon=200"
    "env.min_force=4"
    "env.num_task_states=1000"
    "env.task_visible=False"
    "env.train_box=0.7"
]

let private planner =
    hidden
    @ [
        "agent=cadm"
        "experiment.num_train_steps=6000"
        "experiment.eval_freq=2000"
        "experiment.num_eval_episodes=20"
        "experiment.save_freq=2000"
        "experiment.init_steps=1000"
        "replay_buffer.batch_size=128"
        "replay_buffer.capacity=50000"
    ]
    |> Preset.create
        "cadm/cartpole"
        "CaDM on cart-poles with hidden constants, evaluated on constants beyond the training range"
        1
    |> Preset.measured
        "2.5 min of processor time"
        "return 164 of 200 on constants beyond the training range; without a context 41"

let private policy =
    hidden
    @ [
        "agent=cadm_mtppo"
        "experiment.num_train_steps=200000"
        "experiment.eval_freq=40000"
        "experiment.num_eval_episodes=50"
        "agent.actor.num_layers=2"
        "agent.actor.hidden_dim=64"
        "agent.critic.num_layers=2"
        "agent.critic.hidden_dim=64"
        "agent.optimizers.actor.lr=1e-3"
        "agent.optimizers.critic.lr=1e-3"
        "agent.on_policy.batch_size=4000"
        "agent.on_policy.minibatch_size=500"
    ]
    |> Preset.create
        "cadm/cartpole-mtppo"
        "MT-PPO with CaDM's context on cart-poles with hidden constants, evaluated on constants beyond the training range"
        1
    |> Preset.measured
        "2 min of processor time"
        "return 200 of 200 on constants beyond the training range; without a context 87 to 109"

let all = [ planner; policy ]
