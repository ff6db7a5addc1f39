/// Presets of agents that learn from whole episodes: garage's examples, Meta-World+, and our own.
module internal MtrlFunctional.Experiments.OnPolicyPresets

/// What garage's examples share (commit 2d594803); `sizes` are the hidden layers of policy and value
/// function.
let private garage (agent, title) (policy, value) suite episodes words =
    [
        $"agent={agent}"
        // 500 iterations.
        $"experiment.num_train_steps={500 * 150 * episodes}"
        $"experiment.eval_freq={50 * 150 * episodes}"
        $"experiment.save_freq={25 * 150 * episodes}"
        "env: horizon=150 reward_version=v1"
        $"agent.actor: hidden_dim={policy} num_layers=2"
        $"agent.critic: hidden_dim={value} num_layers=2"
        "agent.optimizers.actor.lr=2.5e-4 agent.optimizers.critic.lr=2.5e-4"
        "agent.on_policy: batch_size=1024 minibatch_size=64 value_epochs=10"
        "agent.on_policy: value_function=gaussian normalize_values=False"
        "agent.on_policy: advantages_per_task=False std_per_task=False"
    ]
    @ words
    |> Preset.ofLines $"garage/{agent}-{suite}" 1
    <| $"{title} as in garage's example, rewards v1, 150 steps an episode"

/// Its examples of MT-PPO and MT-TRPO.
let garagePresets = [
    for agent, narrow in [ ("mtppo", "MT-PPO"), (32, 32); ("mttrpo", "MT-TRPO"), (64, 32) ] do
        garage agent narrow "mt1-push" 7 [
            "env=metaworld-mt1 env.benchmark.env_name=push"
            // Its fifty environments play the fifty goals in turn.
            "env.goal_selection=random"
        ]
        |> Preset.measured "under 10 min" "push: 0 %"

        garage agent (64, 32) "mt10" 1 [ "env=metaworld-mt10"; "env.goal_selection=fixed" ]
        garage agent (64, 32) "mt50" 1 [ "env=metaworld-mt50"; "env.goal_selection=fixed" ]
]

/// MT-PPO of Meta-World+: examples/multi_task/ppo_mt10.py of rainx0r/metaworld-algorithms, commit 30c9991. 10,000 steps
/// of each task an iteration; values are linear in features; advantages are as they come; nothing follows an episode's
/// last step; log σ is within −20 and 2; a pass has 32 minibatches. The differences that remain are listed in
/// docs/reference/differences.md.
let metaWorldPlusPpo =
    Preset.ofLines "metaworld-plus/mtppo-mt10" 5 [
        "env=metaworld-mt10 agent=mtppo"
        "experiment: num_train_steps=2000000 eval_freq=100000 num_eval_episodes=50"
        "env: horizon=500 reward_version=v2 goal_selection=random"
        "agent.actor: hidden_dim=400 num_layers=3"
        "agent.optimizers.actor: lr=3e-4 eps=1e-5"
        "agent.on_policy: activation=relu initial_weights=he min_std=2.06e-9 max_std=7.389"
        "agent.on_policy.batch_size=100000"
        // 313 rows of each task.
        "agent.on_policy: minibatch_size=3130 max_grad_norm=1 gae_lambda=0.97"
        "agent.on_policy: value_function=linear center_advantages=False"
        "agent.on_policy: entropy_method=regularized entropy_coefficient=5e-3"
        "agent.on_policy.std_per_task=False"
        "behaviour.bootstrap_time_limits=False agent.ppo.epochs=16"
    ]
    <| "MT-PPO of Meta-World+, rewards v2; σ of its own"

/// What our own presets share: short episodes (docs/adr/0028), observations in units of their spread
/// (millimetres decide success), a value function whose layers are normalised, and a policy whose σ may
/// not fall to nothing.
let private ours = [
    "agent=mtppo"
    "env: horizon=500 reward_version=v2 goal_selection=random"
    "agent.actor.num_layers=2 agent.optimizers.actor.lr=1e-3 agent.optimizers.critic.lr=1e-3"
    "agent.on_policy: episode_length=200 normalize_observations=True gae_lambda=0.97"
    "agent.on_policy: entropy_method=regularized entropy_coefficient=1e-3 min_std=0.15"
    "agent.on_policy: value_layer_norm=True lr_schedule=linear"
    "agent.ppo: epochs=10 target_kl=0.05"
]

/// MT10 on two processors: 25 episodes of each task an iteration, and networks small enough that the
/// update takes no longer than the episodes.
let private onMt10 =
    ours
    @ [
        "env=metaworld-mt10 experiment.eval_freq=50000 agent.actor.hidden_dim=256"
        "agent.on_policy: batch_size=50000 minibatch_size=2500"
    ]

let fast =
    onMt10 @ [ "experiment.num_train_steps=1500000" ]
    |> Preset.ofLines "fast/mt10" 1
    <| "MT-PPO on MT10 for two processors"
    |> Preset.measured "66 to 73 min on two busy cores" "MT10: 97 to 100 % of 500 goals"

/// Five episodes of each task an iteration: an update goes only so far, whatever the number of episodes, so that many
/// small iterations go further than few large ones. Noise that is correlated in time and means within their bounds
/// explore for longer (docs/adr/0061); episodes end after a success, and go to tasks that fail (0028).
let private exploring = [
    "agent.optimizers.actor.lr=7e-4 agent.optimizers.critic.lr=7e-4"
    "agent.on_policy: activation=relu noise_correlation=0.8 steps_after_success=50 min_episodes=2"
    "agent.on_policy: max_episodes=20 episodes_by=failure bounds_loss_coefficient=0.1"
    "agent.ppo.epochs=6"
]

/// Slow noise finds what a task's usual noise does not, and rare successes are trained on again (docs/adr/0061).
let private finding = [ "agent.on_policy: slow_noise_correlation=0.95 remembered_successes=4" ]

let private quarter =
    onMt10
    @ exploring
    @ [
        "experiment.num_train_steps=400000"
        "agent.on_policy: batch_size=10000 minibatch_size=500"
    ]

/// MT10 in a quarter of the steps.
let brief =
    quarter @ finding |> Preset.ofLines "fast/mt10-brief" 1
    <| "MT-PPO on MT10 in a quarter of the steps"
    |> Preset.measured "21 to 40 processor min" "MT10: 99 % of 500 goals, ten seeds"

/// The training tasks of ML10 with hidden goals. The policy knows a task by its one-hot columns, so that a search can
/// give a new task others (docs/adr/0046).
let searched =
    quarter
    @ [
        "env.goals=hidden"
        "env.tasks=[reach,push,pick-place,door-open,drawer-close,button-press-topdown,peg-insert-side,window-open,sweep,basketball]"
    ]
    |> Preset.ofLines "fast/ml10-search" 1
    <| "MT-PPO on ML10's training tasks, for 'mtrl eval RUN --tasks ML10-test --adapt search --shots 10'"
    |> Preset.measured
        "15 min of one processor"
        "ML10: 45 and 47 % of test goals after ten shots of each, two seeds"

/// MT50. The policy mostly stops an update before its six epochs are over (`target_kl`): with minibatches in two parts both
/// threads then learn the value function.
let fifty =
    ours
    @ exploring
    @ finding
    @ [
        "env=metaworld-mt50 setup.parts=2"
        "experiment: num_train_steps=500000 eval_freq=40000 num_eval_episodes=4"
        "agent.actor.hidden_dim=400"
        "agent.on_policy: batch_size=50000 minibatch_size=2500 lr_decay_start=0.131"
    ]
    |> Preset.ofLines "fast/mt50" 1
    <| "MT-PPO on MT50: networks of 400 units"
    |> Preset.measured "2.1 h on two busy cores" "MT50: 97 % of 2,500 goals"

/// MT10 and five tasks of DeepMind Control in one policy, with the settings of the brief MT10 but for slow noise and remembered successes.
let mixed =
    ours
    @ exploring
    @ [
        "env=mixed-mt10-dmc5 agent.multitask.adapter=per_embodiment"
        "experiment: num_train_steps=500000 eval_freq=50000"
        "agent.actor.hidden_dim=256"
        "agent.on_policy: batch_size=15000 minibatch_size=750 observations_per_task=True"
    ]
    |> Preset.ofLines "fast/mixed" 1
    <| "MT-PPO on MT10 and five tasks of DeepMind Control"
    |> Preset.measured
        "25 min of one processor"
        "MT10: 99 % of 500 goals, mean of five seeds; 99 to 107 % of the returns of single tasks, finger-spin 82 %"

let private single =
    ours
    @ [
        "env=metaworld-mt1 env.benchmark.env_name=push"
        "experiment: num_train_steps=2000000 eval_freq=100000"
        "agent.actor.hidden_dim=64"
        "agent.on_policy: batch_size=5000 minibatch_size=250"
    ]

/// The same for a single task, chosen by env.benchmark.env_name=.
let fastSingle =
    single |> Preset.ofLines "fast/mt1" 1
    <| "MT-PPO on one task, env.benchmark.env_name="
    |> Preset.measured "not measured" "push: 98 % of 50 goals after half of its steps"

/// The same with so small iterations that scripts and samples learn within a minute.
let private first steps tasks = [
    "setup.threads=1"
    $"agent.on_policy.batch_size={2_000 * tasks}"
    "agent.on_policy: minibatch_size=200 activation=relu noise_correlation=0.8"
    "agent.on_policy.steps_after_success=20"
    $"experiment.num_train_steps={steps}"
    $"experiment.eval_freq={steps / 4}"
    "experiment.num_eval_episodes=5"
]

/// What somebody trains first.
let firstSteps = [
    single @ "env.benchmark.env_name=reach" :: first 60_000 1
    |> Preset.ofLines "first/reach" 1
    <| "MT-PPO learns reach within a minute"

    single
    @ [ "env=metaworld-mt10"; "env.tasks=[reach-v3,drawer-close-v3]" ]
    @ first 24_000 2
    |> Preset.ofLines "first/two-tasks" 1
    <| "MT-PPO learns reach and drawer-close within a minute"
]
