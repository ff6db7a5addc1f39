/// Suggestions for unknown keys: what other programs call them, then keys of the same last part, then
/// similar ones. Keys without effect in the experiment are left out.
module internal MtrlFunctional.Experiments.NearestKeys

open System
open MtrlFunctional

/// Words of Stable-Baselines3, CleanRL, RLlib, garage and Gymnasium, lower case with underscores.
let private synonyms =
    Map [
        for words, keys in
            [
                "seed random_seed", [ "setup.seed" ]
                "seeds n_seeds", [ "setup.num_seeds" ]
                "lr learning_rate step_size",
                [ "agent.optimizers.actor.lr"; "agent.optimizers.critic.lr" ]
                "policy_lr actor_lr pi_lr", [ "agent.optimizers.actor.lr" ]
                "q_lr qf_lr critic_lr vf_lr value_lr", [ "agent.optimizers.critic.lr" ]
                "gamma discount_factor", [ "agent.builder.discount" ]
                "tau polyak target_update_tau", [ "agent.builder.critic_tau" ]
                "target_network_frequency target_update_interval",
                [ "agent.builder.critic_target_update_freq" ]
                "policy_frequency policy_delay", [ "agent.builder.actor_update_freq" ]
                "ent_coef entropy_coef entropy_coeff policy_ent_coeff",
                [ "agent.on_policy.entropy_coefficient"; "agent.builder.init_temperature" ]
                "alpha temperature init_alpha initial_alpha", [ "agent.builder.init_temperature" ]
                "total_timesteps timesteps total_steps max_steps n_timesteps total_env_steps",
                [ "experiment.num_train_steps" ]
                "batch_size minibatch_size sgd_minibatch_size mini_batch_size num_minibatches",
                [ "agent.on_policy.minibatch_size"; "replay_buffer.batch_size" ]
                "n_steps rollout_length rollout_fragment_length train_batch_size",
                [ "agent.on_policy.batch_size" ]
                "num_steps", [ "agent.on_policy.batch_size"; "experiment.num_train_steps" ]
                "norm_adv normalize_advantage normalize_advantages center_adv",
                [ "agent.on_policy.center_advantages" ]
                "use_gae", [ "agent.on_policy.gae_lambda" ]
                "buffer_size replay_size replay_buffer_size memory_size",
                [ "replay_buffer.capacity" ]
                "learning_starts start_steps random_steps warmup_steps min_buffer_size",
                [ "experiment.init_steps" ]
                "gradient_steps utd_ratio train_freq", [ "experiment.updates_per_step" ]
                "n_epochs update_epochs num_sgd_iter max_optimization_epochs",
                [ "agent.ppo.epochs" ]
                "clip_range clip_coef clip_param lr_clip_range clip_ratio", [ "agent.ppo.clip" ]
                "target_kl kl_coeff kl_target", [ "agent.ppo.target_kl" ]
                "max_kl max_kl_step max_constraint_value", [ "agent.trpo.max_kl" ]
                "gae_lambda lam lambda", [ "agent.on_policy.gae_lambda" ]
                "max_grad_norm grad_clip clip_grad_norm", [ "agent.on_policy.max_grad_norm" ]
                "anneal_lr lr_schedule", [ "agent.on_policy.lr_schedule" ]
                "hidden_sizes hidden_size hidden_dim net_arch width", [ "agent.actor.hidden_dim" ]
                "depth num_layers n_layers", [ "agent.actor.num_layers" ]
                "device cuda gpu num_gpus num_gpus_per_learner", [ "setup.device" ]
                "n_cpu num_cpus num_workers n_workers num_threads threads n_jobs num_env_runners num_rollout_workers",
                [ "setup.threads" ]
                "precision dtype fp16 amp", [ "setup.precision" ]
                "name exp_name run_name experiment_name", [ "setup.name" ]
                "log_dir logdir output output_dir out results_dir", [ "setup.base_path" ]
                "env_id environment benchmark suite", [ "env" ]
                "env_name task task_name", [ "env.benchmark.env_name"; "env.tasks" ]
                "algo algorithm", [ "agent" ]
                "max_path_length max_episode_steps max_episode_length horizon episode_length",
                [ "env.horizon"; "agent.on_policy.episode_length" ]
                "frame_skip action_repeat", [ "env.builder.make_kwargs.frame_skip" ]
                "eval_freq eval_interval eval_every evaluation_frequency evaluation_interval",
                [ "experiment.eval_freq" ]
                "n_eval_episodes eval_episodes evaluation_duration",
                [ "experiment.num_eval_episodes" ]
                "save_freq save_interval checkpoint_frequency checkpoint_freq checkpoint_interval save_every",
                [ "experiment.save_freq" ]
                "tensorboard tensorboard_log use_tensorboard", [ "logger.use_tb" ]
                "mlflow mlflow_tracking_uri tracking_uri use_mlflow", [ "logger.mlflow" ]
                "wandb use_wandb wandb_project report_to", [ "logger.use_tb"; "logger.mlflow" ]
                "resume", [ "experiment.should_resume" ]
            ] do
            for word in words.Split ' ' do
                word, keys
    ]

/// Whether a key has an effect in the experiment.
let private effective (table: Table.Table) choices =
    let unused =
        UnusedKeys.among table.Algorithms choices (Table.keys table |> List.map _.Path)

    fun (written: string) ->
        List.contains written Table.shortWords
        || match Table.tryKey (Table.canonical written) table with
           | Some key -> key.Effect = Effect.Used && not (unused.Contains key.Path)
           | None -> false

/// The last part of a word as keys are written: "--Num-Minibatches" is num_minibatches.
let private asKey (word: string) =
    (Table.last word).TrimStart('-').Replace('-', '_').ToLowerInvariant()

let private meantAmong isEffective table (word: string) =
    let named = asKey word
    let synonyms = Map.tryFind named synonyms |> Option.defaultValue []

    let written = Table.writable table |> List.except Table.shortWords

    let sameName =
        written
        |> List.filter (fun path -> Table.last path = named)
        |> List.sortBy (Nearest.distance word)

    let below =
        match sameName with
        | [] -> written |> List.filter _.Contains($".{named}.")
        | _ -> []

    synonyms @ sameName @ below |> List.distinct |> List.filter isEffective

/// Words of other programs whose numbers count something else than the keys that serve in their place.
let private countOthers = [ "num_minibatches" ]

/// Keys that a word of another program stands for, or that have it as their last part, each with the value behind it where the key
/// takes it, else with "…"; may be empty.
let meant (table: Table.Table) choices (word: string) value =
    let takes path =
        match Table.tryKey (Table.canonical path) table, ValueText.parse value with
        | Some key, Ok value -> key.Accepts value
        | _ -> path = Table.oneSeed

    let isCount = List.contains (asKey word) countOthers

    [
        for path in meantAmong (effective table choices) table word ->
            if takes path && not isCount then
                $"{path}={value}"
            else
                $"{path}=…"
    ]

/// Keys whose last part is spelled much like a word, best first; may be empty.
let spelled table choices word =
    let isEffective = effective table choices

    Table.writable table
    |> List.filter isEffective
    |> List.groupBy Table.last
    |> fun groups ->
        Nearest.names 1 (List.map fst groups) word
        |> List.collect (fun name -> groups |> List.find (fst >> (=) name) |> snd)

/// The key that a word of another program stands for with another agent, which is named behind it.
let private ofOtherAgents (table: Table.Table) choices word =
    table.Agents
    |> List.tryPick (fun agent ->
        meantAmong (effective table { choices with Agent = agent }) table word
        |> List.tryHead
        |> Option.map (fun key -> $"{key} (with agent={agent.Name})"))

/// At most three keys for a wrong one, best first: those that one letter is wrong of lead.
let find table choices (wrong: string) =
    let wrong = Truncate.text 120 wrong
    let isEffective = effective table choices

    let mistyped =
        Table.writable table
        |> List.except Table.shortWords
        |> List.filter (fun path -> Nearest.distance wrong path = 1 && isEffective path)

    let meant = mistyped @ meantAmong isEffective table wrong |> List.distinct

    match meant, ofOtherAgents table choices wrong with
    | [], None -> Table.nearest isEffective wrong table
    | [], Some key -> [ key ]
    | keys, _ -> List.truncate 3 keys
