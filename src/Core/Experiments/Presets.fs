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

/// Names and words.
let all: (string * string list) list = ptsl @ metaWorldPlus

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
