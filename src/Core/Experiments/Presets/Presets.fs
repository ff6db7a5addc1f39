/// Experiments by name: `preset=ptsl/care-mt10` expands to the words of a row of a paper. Words beside it override its own.
///
/// Sources: the README of the PTSL paper (its commands for 200,000 and 1,000,000 steps of each task; from 13 September 2023 on the
/// tables of 1,000,000 steps have MT-SAC with PTSL in place of two hidden layers, and CARE-PTSL on MT50 with 274 units and rank 32);
/// the settings of Meta-World+ (McLean et al. 2025, arXiv:2505.11289): rewards v2, 500 steps an
/// episode, goals drawn anew for each.
module MtrlFunctional.Experiments.Presets

open MtrlFunctional

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

/// Projected task layers.
let private taskLayers (rank: int) (isShared: bool) (residual: string) = [
    "agent.multitask.should_use_pal=True"
    $"agent.multitask.pal_cfg.pal_dim={rank}"
    $"agent.multitask.pal_cfg.shared_projection={isShared}"
    $"agent.multitask.pal_cfg.residual_mode={residual}"
]

/// CARE with projected task layers of rank 50.
let projected units layers isShared residual =
    size units layers @ careEncoder @ taskLayers 50 isShared residual

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

/// Rows of the PTSL paper's tables, each with what it is.
let private rows = [
    "mt-sac", "MT-SAC", mtSac
    "soft-modularization", "Soft Modularization", softModularization
    "care", "CARE", care
    "care-ptsl-3-hidden", "CARE-PTSL, 3 hidden layers", projected 326 3 true "none"
    "care-ptsl-2-hidden", "CARE-PTSL, 2 hidden layers", projected 400 2 true "none"
]

let private analyses = [
    "projection-independent", "independent projections", 10, projected 400 2 false "none"
    "projection-shared", "a shared projection", 10, projected 400 2 true "none"
    "residual-none", "no residual", 4, projected 321 3 true "none"
    "residual-sum", "residual by sum", 4, projected 326 3 true "sum"
    "residual-linear", "linear residual", 4, projected 326 3 true "linear"
    "residual-product", "projected residual", 4, projected 321 3 true "project"
]

/// MT-SAC's family on a benchmark of Meta-World.
let private preset name about tasks batch steps seeds words =
    [
        $"env=metaworld-mt{tasks} agent=state_sac"
        "agent.multitask.should_use_disentangled_alpha=True"
        $"replay_buffer.batch_size={batch} experiment.num_train_steps={steps}"
    ]
    @ words
    |> Preset.ofLines name seeds
    <| about

/// Of presets that leave them to fidelity: the paper ran v1, normalised.
let private rewards = "rewards v2; v1, normalised, with fidelity=original"

let private ptsl = [
    for tasks in [ 10; 50 ] do
        for suffix, steps, each, seeds in
            [ "", 200_000, "200,000", 10; "-1m", 1_000_000, "1,000,000", 4 ] do
            for row, title, words in rows do
                let episodes = if tasks = 50 && row.Contains "ptsl" then 50 else 10

                preset
                    $"ptsl/{row}-mt{tasks}{suffix}"
                    $"{title} as in the PTSL paper, {each} steps a task, {rewards}"
                    tasks
                    1280
                    steps
                    seeds
                    (words @ [ $"experiment.num_eval_episodes={episodes}" ])

    for tasks, units, rank in [ 10, 367, 50; 50, 325, 32 ] do
        preset
            $"ptsl/mt-sac-ptsl-mt{tasks}-1m"
            $"MT-SAC with PTSL as in the PTSL paper, 1,000,000 steps a task, {rewards}"
            tasks
            1280
            1_000_000
            4
            (size units 3
             @ [ "agent.encoder.type_to_select=identity" ]
             @ taskLayers rank true "none")

    for name, title, seeds, words in analyses do
        preset
            $"ptsl/{name}-mt10"
            $"CARE-PTSL with {title}, an analysis of the PTSL paper, {rewards}"
            10
            1280
            200_000
            seeds
            words
]

let private metaWorldPlus = [
    for tasks in [ 10; 50 ] do
        for row, title, words in ("multi-head", "multi-head MT-SAC", multiHead) :: rows do
            [
                "env: horizon=500 reward_version=v2 goal_selection=random"
                "agent.actor.log_std_limit=clamp"
            ]
            @ words
            |> preset
                $"metaworld-plus/{row}-mt{tasks}"
                $"{title} with the settings of Meta-World+, rewards v2"
                tasks
                (128 * tasks)
                2_000_000
                5
]

/// Networks of other papers in the setting of the PTSL paper, so that its rows compare; steps, seeds
/// and the optimisation as both PaCo and MOORE have them.
let private beyond = [
    for tasks in [ 10; 50 ] do
        for row, title, words in
            [
                "mt-sac", "MT-SAC", mtSac
                "paco", "PaCo", composed
                "moore", "MOORE", orthogonal (if tasks = 10 then 4 else 6)
                "hypernetwork", "a hypernetwork", hypernetwork
            ] do
            [
                "agent.actor: log_std_bounds=[-10,2] log_std_limit=clamp"
                "agent.optimizers.alpha.lr=1e-4"
            ]
            @ words
            |> preset
                $"beyond/{row}-mt{tasks}"
                $"{title} in the setting of the PTSL paper"
                tasks
                (128 * tasks)
                2_000_000
                10
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
            "agent.multitask.pal_cfg: pal_dim=16 shared_projection=True residual_mode=none"
        ]

    [
        "mt-sac", "MT-SAC", size 128 3, "31 ± 5 %"
        "care", "CARE", size 128 3 @ careEncoder, "19 ± 6 %"
        "care-ptsl", "CARE-PTSL", narrow 104, "20 ± 2 %"
        "care-ptsl-original-start",
        "CARE-PTSL from the original's zeros",
        narrow 104 @ [ "behaviour.trainable_ptsl_init=False" ],
        "16 ± 0 %"
    ]
    |> List.map (fun (row, title, words, success) ->
        [
            "env: horizon=300 reward_version=v2 goal_selection=random reward_normalization=scaled"
            "agent.builder.init_temperature=0.1"
            "agent.optimizers: actor.lr=5e-4 critic.lr=5e-4 alpha.lr=5e-4"
            "experiment.eval_freq=5000 setup.threads=1"
        ]
        @ words
        |> preset $"small/{row}-mt10" $"{title} at a third of the paper's width" 10 320 40_000 3
        |> Preset.measured "5 to 17 min" $"MT10: {success}")

/// The presets of the library, by source.
let all: Preset list =
    ptsl
    @ metaWorldPlus
    @ [ OnPolicyPresets.metaWorldPlusPpo ]
    @ OnPolicyPresets.garagePresets
    @ [
        OnPolicyPresets.fast
        OnPolicyPresets.brief
        OnPolicyPresets.searched
        OnPolicyPresets.fifty
        OnPolicyPresets.mixed
        OnPolicyPresets.fastSingle
    ]
    @ OnPolicyPresets.firstSteps
    @ MetaPresets.all
    @ beyond
    @ small
    @ ControlPresets.classicPresets
    @ ControlPresets.deepMindControl
    @ [ ControlPresets.fromImages ]
    @ ControlPresets.variants

/// Presets near a wrong name, which may lack the paper: "care-mt10" for "ptsl/care-mt10".
let private hint presets (wrong: string) =
    let names = presets |> List.map _.Name
    let bare (name: string) = name.Substring(name.IndexOf '/' + 1)

    let near =
        match names |> List.filter (fun name -> bare name = wrong) with
        | [] when not (wrong.Contains '/') ->
            let near = Nearest.names 3 (List.map bare names) wrong
            names |> List.filter (fun name -> List.contains (bare name) near)
        | exact -> exact

    if near.IsEmpty then
        Nearest.hint names wrong
    else
        Nearest.sentence near

/// The name of the preset in `preset=name`, where `name` may be a file of garage's examples.
let internal nameIn (word: string) =
    if word.StartsWith "preset=" then
        let name = word.Substring 7
        GarageCommand.presetOf name |> Option.orElse (Some name)
    else
        None

/// The presets that words name, of those that there are.
let namedIn (presets: Preset list) words =
    words
    |> List.choose nameIn
    |> List.choose (fun name -> presets |> List.tryFind (fun preset -> preset.Name = name))

/// A word as it is; a preset as its words.
let internal expand presets (word: string) : Result<string list, ConfigError> =
    match nameIn word, namedIn presets [ word ] with
    | None, _ -> Ok [ word ]
    | _, preset :: _ -> Ok preset.Words
    | Some name, [] ->
        let near = hint presets name

        Error(
            ConfigError.BadValue(
                "preset",
                Value.Text name,
                "the name of a preset",
                $"'mtrl list presets' lists them.{near}"
            )
        )
