/// Experiments by name: `preset=ptsl/care-mt10` stands for the words of a row of a paper. Words after
/// it override its own.
///
/// Sources: the README of the PTSL paper (its commands for 200,000 and 1,000,000 steps of each task);
/// the settings of Meta-World+ (McLean et al. 2025, arXiv:2505.11289): rewards v2, 500 steps an
/// episode, goals drawn anew for each.
module Mtrl.Experiments.Presets

open Mtrl

/// Hidden layers of actor and critics.
let size (units: int) (layers: int) = [
    $"agent.actor.hidden_dim={units}"
    $"agent.actor.num_layers={layers}"
]

let private mtSac = size 400 3 @ [ "agent.encoder.type_to_select=identity" ]

/// A head for each task.
let multiHead = mtSac @ [ "agent.multitask.should_use_multi_head_policy=True" ]

/// Modules that a routing network mixes, at the sizes of the original.
let softModularization =
    let flags = "agent.multitask.actor_cfg"

    [
        "agent.actor.num_layers=4"
        "agent.multitask.should_use_task_encoder=True"
        "agent.encoder.type_to_select=feedforward"
        $"{flags}.should_condition_model_on_task_info=True"
        $"{flags}.should_condition_encoder_on_task_info=False"
        $"{flags}.should_concatenate_task_info_with_encoder=False"
        $"{flags}.moe_cfg.should_use=True"
    ]

/// CARE's experts, weighed by what is known of the task.
let careEncoder = [
    "agent.encoder.type_to_select=moe"
    "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention"
    "agent.encoder.moe.num_experts=4"
    "agent.multitask.should_use_task_encoder=True"
    "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True"
]

let private care = size 400 3 @ careEncoder

/// CARE with projected task layers of rank 50.
let projected units layers (isShared: bool) (residual: string) =
    size units layers
    @ careEncoder
    @ [
        "agent.multitask.should_use_pal=True"
        "agent.multitask.pal_cfg.pal_dim=50"
        $"agent.multitask.pal_cfg.shared_projection={isShared}"
        $"agent.multitask.pal_cfg.residual_mode={residual}"
    ]

let private told = [
    "agent.encoder.type_to_select=identity"
    "agent.multitask.should_use_task_encoder=True"
    "agent.multitask.actor_cfg.should_condition_encoder_on_task_info=False"
    "agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder=False"
]

/// PaCo (Sun et al. 2022, arXiv:2210.11653) with 3 hidden layers of 400; the paper's K is 5 for ten
/// tasks.
let composed = mtSac @ [ "agent.multitask.model=paco" ]

/// MOORE (Hendawy et al. 2024, arXiv:2311.11385) with experts of 3 layers of 400 and a head for
/// each task; the paper has 4 for ten tasks and 6 for fifty.
let orthogonal experts =
    multiHead
    @ [
        "agent.multitask.model=moore"
        $"agent.multitask.moore_cfg.num_experts={experts}"
    ]

/// A hypernetwork (Beck et al. 2022, arXiv:2210.11348) that makes 3 hidden layers of 400; the paper
/// has no multi-task benchmark.
let hypernetwork = size 400 3 @ told @ [ "agent.multitask.model=hypernetwork" ]

let private rows = [
    "mt-sac", mtSac
    "soft-modularization", softModularization
    "care", care
    "care-ptsl-3-hidden", projected 326 3 true "none"
    "care-ptsl-2-hidden", projected 400 2 true "none"
]

let private analyses = [
    "projection-independent", 10, projected 400 2 false "none"
    "projection-shared", 10, projected 400 2 true "none"
    "residual-none", 4, projected 321 3 true "none"
    "residual-sum", 4, projected 326 3 true "sum"
    "residual-linear", 4, projected 326 3 true "linear"
    "residual-product", 4, projected 321 3 true "project"
]

/// Each preset has a folder of its own.
let private preset (name: string) tasks batch steps seeds words =
    name,
    [
        $"env=metaworld-mt{tasks}"
        "agent=state_sac"
        "agent.multitask.should_use_disentangled_alpha=True"
        $"replay_buffer.batch_size={batch}"
        $"experiment.num_train_steps={steps}"
        "setup.seed_ref=1"
        $"setup.num_seeds={seeds}"
        let folder = name.Replace('/', '-')
        $"setup.name={folder}"
    ]
    @ words

let private ptsl = [
    for tasks in [ 10; 50 ] do
        for suffix, steps, seeds in [ "", 200_000, 10; "-1m", 1_000_000, 4 ] do
            for row, words in rows do
                let episodes = if tasks = 50 && row.Contains "ptsl" then 50 else 10

                preset
                    $"ptsl/{row}-mt{tasks}{suffix}"
                    tasks
                    1280
                    steps
                    seeds
                    (words @ [ $"experiment.num_eval_episodes={episodes}" ])

    for name, seeds, words in analyses do
        preset $"ptsl/{name}-mt10" 10 1280 200_000 seeds words
]

let private metaWorldPlus = [
    for tasks in [ 10; 50 ] do
        for row, words in ("multi-head", multiHead) :: rows do
            [ "env.horizon=500"; "env.reward_version=v2"; "env.goal_selection=random" ]
            @ words
            |> preset $"metaworld-plus/{row}-mt{tasks}" tasks (128 * tasks) 2_000_000 5
]

/// What garage's examples share (commit 2d594803); `sizes` are the hidden layers of policy and value
/// function.
let private garage agent (policy, value) suite episodes words =
    let name = $"garage/{agent}-{suite}"

    name,
    [
        $"agent={agent}"
        $"setup.name=garage-{agent}-{suite}"
        "setup.seed_ref=1"
        "setup.num_seeds=1"
        // 500 iterations.
        $"experiment.num_train_steps={500 * 150 * episodes}"
        $"experiment.eval_freq={50 * 150 * episodes}"
        $"experiment.save_freq={25 * 150 * episodes}"
        "env.horizon=150"
        "env.reward_version=v1"
        $"agent.actor.hidden_dim={policy}"
        "agent.actor.num_layers=2"
        $"agent.critic.hidden_dim={value}"
        "agent.critic.num_layers=2"
        "agent.optimizers.actor.lr=2.5e-4"
        "agent.optimizers.critic.lr=2.5e-4"
        "agent.on_policy.batch_size=1024"
        "agent.on_policy.minibatch_size=64"
        "agent.on_policy.value_epochs=10"
        "agent.on_policy.value_function=gaussian"
        "agent.on_policy.normalize_values=False"
        "agent.on_policy.advantages_per_task=False"
        "agent.on_policy.std_per_task=False"
    ]
    @ words

let private garagePresets = [
    for agent, narrow in [ "mtppo", (32, 32); "mttrpo", (64, 32) ] do
        garage agent narrow "mt1-push" 7 [ "env=metaworld-mt1"; "env.benchmark.env_name=push" ]
        garage agent (64, 32) "mt10" 1 [ "env=metaworld-mt10"; "env.goal_selection=fixed" ]
        garage agent (64, 32) "mt50" 1 [ "env=metaworld-mt50"; "env.goal_selection=fixed" ]
]

/// MT-PPO of Meta-World+ (its metaworld-algorithms): 10,000 steps of each task an iteration. There σ
/// depends on the observation; here it is free.
let private metaWorldPlusPpo =
    "metaworld-plus/mtppo-mt10",
    [
        "env=metaworld-mt10"
        "agent=mtppo"
        "setup.name=metaworld-plus-mtppo-mt10"
        "setup.seed_ref=1"
        "setup.num_seeds=5"
        "experiment.num_train_steps=2000000"
        "env.horizon=500"
        "env.reward_version=v2"
        "env.goal_selection=random"
        "agent.actor.hidden_dim=400"
        "agent.actor.num_layers=3"
        "agent.optimizers.actor.eps=1e-5"
        "agent.optimizers.critic.eps=1e-5"
        "agent.on_policy.activation=relu"
        "agent.on_policy.batch_size=100000"
        "agent.on_policy.minibatch_size=3125"
        "agent.on_policy.max_grad_norm=1"
        "agent.on_policy.gae_lambda=0.97"
        "agent.on_policy.advantages_per_minibatch=True"
        "agent.on_policy.entropy_method=regularized"
        "agent.on_policy.entropy_coefficient=5e-3"
        "agent.on_policy.normalize_values=False"
        "agent.on_policy.std_per_task=False"
        "agent.ppo.epochs=16"
    ]

/// MT10 on two processors: ten episodes of each task an iteration, networks small enough that the
/// update takes no longer than the episodes, and a value function whose layers are normalised.
let private fast =
    "fast/mt10",
    [
        "env=metaworld-mt10"
        "agent=mtppo"
        "setup.name=fast-mt10"
        "setup.seed_ref=1"
        "setup.num_seeds=1"
        "experiment.num_train_steps=4000000"
        "experiment.eval_freq=200000"
        "env.horizon=500"
        "env.reward_version=v2"
        "env.goal_selection=random"
        "agent.actor.hidden_dim=256"
        "agent.actor.num_layers=2"
        "agent.optimizers.actor.lr=1e-3"
        "agent.optimizers.critic.lr=1e-3"
        "agent.on_policy.batch_size=50000"
        "agent.on_policy.minibatch_size=1250"
        "agent.on_policy.gae_lambda=0.97"
        "agent.on_policy.entropy_method=regularized"
        "agent.on_policy.entropy_coefficient=1e-3"
        "agent.on_policy.min_std=0.15"
        "agent.on_policy.value_layer_norm=True"
        "agent.on_policy.lr_schedule=linear"
        "agent.ppo.epochs=10"
        "agent.ppo.target_kl=0.03"
    ]

/// Networks of other papers in the setting of the PTSL paper, so that its rows compare; steps, seeds
/// and the optimisation as both PaCo and MOORE have them.
let private beyond = [
    for tasks in [ 10; 50 ] do
        for row, words in
            [
                "mt-sac", mtSac
                "paco", composed
                "moore", orthogonal (if tasks = 10 then 4 else 6)
                "hypernetwork", hypernetwork
            ] do
            [ "agent.actor.log_std_bounds=[-10,2]"; "agent.optimizers.alpha.lr=1e-4" ]
            @ words
            |> preset $"beyond/{row}-mt{tasks}" tasks (128 * tasks) 2_000_000 10
]

/// The rows of the PTSL paper at a third of their width, with settings that learn early, so that a
/// comparison takes hours instead of weeks: one thread, 320 rows a batch. CARE-PTSL is narrower, as
/// in the paper, to have no more parameters than CARE; its other row starts as the original does.
let private small =
    let narrow units =
        size units 3
        @ careEncoder
        @ [
            "agent.multitask.should_use_pal=True"
            "agent.multitask.pal_cfg.pal_dim=16"
            "agent.multitask.pal_cfg.shared_projection=True"
            "agent.multitask.pal_cfg.residual_mode=none"
        ]

    [
        "mt-sac", size 128 3
        "care", size 128 3 @ careEncoder
        "care-ptsl", narrow 104
        "care-ptsl-original-start", narrow 104 @ [ "behaviour.learning_branches=False" ]
    ]
    |> List.map (fun (row, words) ->
        [
            "env.horizon=300"
            "env.reward_version=v2"
            "env.goal_selection=random"
            "env.reward_normalization=scaled"
            "agent.builder.init_temperature=0.1"
            "agent.optimizers.actor.lr=5e-4"
            "agent.optimizers.critic.lr=5e-4"
            "agent.optimizers.alpha.lr=5e-4"
            "experiment.eval_freq=5000"
            "setup.threads=1"
        ]
        @ words
        |> preset $"small/{row}-mt10" 10 320 40_000 3)

/// Names and words.
let all: (string * string list) list =
    ptsl
    @ metaWorldPlus
    @ [ metaWorldPlusPpo ]
    @ garagePresets
    @ [ fast ]
    @ beyond
    @ small

/// Presets near a wrong name, which may lack the paper: "care-mt10" for "ptsl/care-mt10".
let private hint (wrong: string) =
    let names = List.map fst all
    let bare (name: string) = name.Substring(name.IndexOf '/' + 1)

    let near =
        match names |> List.filter (fun name -> bare name = wrong) with
        | [] when not (wrong.Contains '/') ->
            let near = Nearest.names 3 (List.map bare names) wrong
            names |> List.filter (fun name -> List.contains (bare name) near)
        | exact -> exact

    match near with
    | [] -> Nearest.hint names wrong
    | near -> let list = String.concat ", " near in $" Nearest: {list}."

/// The name in `preset=name`.
let nameIn (word: string) =
    if word.StartsWith "preset=" then
        Some(word.Substring 7)
    else
        None

/// A word as it is; a preset as its words.
let expand (word: string) : Result<string list, ConfigError> =
    match nameIn word with
    | None -> Ok [ word ]
    | Some name ->
        match List.tryFind (fst >> (=) name) all with
        | Some(_, words) -> Ok words
        | None ->
            let near = hint name

            Error(
                ConfigError.BadValue(
                    "preset",
                    Value.Text name,
                    "the name of a preset",
                    $"'mtrl config --presets' lists them.{near}"
                )
            )
