/// Presets of CaDM, the agent that plans with a model of the present task state.
module internal MtrlFunctional.Experiments.ModelBasedPresets

/// Cart-poles whose constants, and on which side a push goes, are hidden. Training states are in a box, those of the evaluation
/// outside it.
let cartpole =
    [
        "env=mt-cartpole"
        "agent=cadm"
        "setup.threads=1"
        "experiment.num_train_steps=6000"
        "experiment.eval_freq=2000"
        "experiment.num_eval_episodes=20"
        "experiment.save_freq=2000"
        "experiment.init_steps=1000"
        "env.horizon=200"
        "env.min_force=4"
        "env.num_task_states=1000"
        "env.task_visible=False"
        "env.train_box=0.7"
        "replay_buffer.batch_size=128"
        "replay_buffer.capacity=50000"
    ]
    |> Preset.create
        "cadm/cartpole"
        "CaDM on cart-poles with hidden constants, evaluated on constants beyond those of training"
        1
    |> Preset.measured
        "2.5 min of processor time"
        "return 164 of 200 on constants beyond those of training; without a context 41"

let all = [ cartpole ]
