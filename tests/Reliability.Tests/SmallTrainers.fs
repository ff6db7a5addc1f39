/// Every algorithm in its smallest form: two tasks, or two variants, and networks of eight units.
module MtrlFunctional.Reliability.Tests.SmallTrainers

open MtrlFunctional.Tests

let private metaWorld = "env=metaworld-mt10 env.tasks=[reach-v3,push-v3]"
let private hidden = "env=metaworld-ml1 env.benchmark.env_name=reach"
let private units = "agent.actor.hidden_dim=8"

let private offPolicy =
    "experiment.init_steps=10 experiment.num_train_steps=40 env.horizon=10 "
    + "replay_buffer.batch_size=8 replay_buffer.capacity=200"

let private onPolicy =
    $"{units} experiment.num_train_steps=40 env.horizon=10 agent.on_policy.batch_size=40 "
    + "agent.on_policy.minibatch_size=20 agent.on_policy.value_epochs=2"

/// Iterations of two trials of three episodes.
let private trials place =
    $"{hidden} {onPolicy} {place}.units=8 {place}.episodes_per_trial=3 "
    + "agent.on_policy.batch_size=60 agent.on_policy.minibatch_size=30 experiment.num_train_steps=60"

let private models agent =
    $"{offPolicy} {units} setup=hipbmdp env=dmcontrol-finger-spin-distribution-v0 agent={agent} "
    + "env.builder.make_kwargs.from_pixels=False agent.encoder.type_to_select=feedforward "
    + "agent.transition_model.transition_cfg.layer_width=8"

let private dynamics =
    "env=mt-cartpole agent.cadm.units=8 agent.cadm.history=4 agent.cadm.future=3"

/// Drawing takes most of the time.
let private images agent =
    $"{offPolicy} {units} env=dmc-cartpole-balance env.builder.make_kwargs.from_pixels=True "
    + $"agent={agent} agent.num_filters=2 agent.encoder_feature_dim=4 env.horizon=4 "
    + "experiment.num_train_steps=12 experiment.init_steps=4"

/// Words of a run of each; without a folder, a name, a seed and threads.
let private texts = [
    "SAC", $"{metaWorld} {offPolicy} agent=state_sac {units}"
    "PPO", $"{metaWorld} {onPolicy} agent=mtppo"
    "PPO with CaDM", $"{onPolicy} {dynamics} agent=cadm_mtppo agent.cadm.minibatch_size=20"
    "PPO with trials",
    trials "agent.context"
    + " agent=mtppo agent.context.method=gru agent.multitask.should_use_task_encoder=True"
    "TRPO", $"{metaWorld} {onPolicy} agent=mttrpo"
    "IMPALA", $"{metaWorld} {onPolicy} agent=impala"
    "RL²", trials "agent.rl2" + " agent=rl2"
    "MAML-TRPO",
    $"{hidden} agent=maml {units} env.horizon=5 experiment.num_train_steps=120 "
    + "agent.maml.meta_batch_size=3 agent.maml.episodes_per_step=2"
    "CaDM", $"{offPolicy} {dynamics} agent=cadm agent.cadm.candidates=20 agent.cadm.horizon=5"
    "Distral",
    $"{metaWorld} {offPolicy} agent=state_distral agent.encoder.type_to_select=feedforward {units}"
    "DeepMDP", models "deepmdp"
    "HiP-BMDP", models "hipbmdp"
    "SAC from images", images "sac"
    "SAC-AE", images "sac_ae"
]

/// Their names.
let all = List.map fst texts

let words name =
    texts |> List.find (fst >> (=) name) |> snd |> Words.split
