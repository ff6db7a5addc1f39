/// Former names of keys. Commands and configurations of stored runs may have them.
module internal MtrlFunctional.Experiments.RenamedKeys

let private behaviour = [
    "linked_episodes", "store_reset_observation"
    "whenever_due", "independent_intervals"
    "counts_updates", "frequencies_in_updates"
    "trains_actor_encoder", "train_actor_encoder"
    "trains_first_embedding", "train_first_embedding"
    "always_trains_theta", "train_theta_without_contrastive_loss"
    "contrasts_pairs", "pairwise_contrastive_loss"
    "heeds_detach", "apply_attention_detach"
    "scores_experts", "dot_product_attention"
    "modulates_features", "film_per_feature"
    "learning_branches", "trainable_ptsl_init"
    "any_case_words", "ignore_case"
    "adds_surgery_of_losses", "sum_surgery_over_losses"
    "shared_surgery", "surgery_of_shared_parameters"
    "lasting_gradnorm", "gradnorm_first_loss"
    "balanced_tasks", "equal_episodes_per_task"
    "deviation_advantages", "divide_advantages_by_std"
    "bootstraps_time_limits", "bootstrap_time_limits"
    "leaks_padding", "padding_in_advantages"
    "accepts_bound", "accept_step_at_bound"
    "projects_std", "project_std"
    "real_mt50", "fifty_tasks_in_mt50"
    "own_task_rows", "distral_rows_per_task"
    "pays_divergence", "distral_log_ratio_in_losses"
    "covers_agents", "distral_forward_kl"
    "shows_agents", "evaluate_distral_agents"
]

/// The former and the present name of each renamed key.
let all = [
    for former, present in behaviour -> $"behaviour.{former}", $"behaviour.{present}"
]

let private presentNames = Map all

/// The present name of a key that is written by its former one.
let tryPresent written = Map.tryFind written presentNames
