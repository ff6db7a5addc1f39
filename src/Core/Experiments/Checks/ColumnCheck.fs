/// Columns of logs that nothing fills.
module internal MtrlFunctional.Experiments.ColumnCheck

open System
open MtrlFunctional

/// The names of docs/reference/metrics.md; "_" at the end: a task's index follows.
let private measured =
    [
        "episode step duration processor_seconds sampling_seconds update_seconds physics_share lag"
        "episode_reward episode_reward_env_index_ episode_reward_average episode_reward_median"
        "episode_reward_worst success success_env_index_ success_average success_median"
        "success_worst success_at_end success_at_end_env_index_ success_at_end_average"
        "success_at_end_median success_at_end_worst env_index_ batch_reward critic_loss actor_loss"
        "actor_entropy actor_target_entropy alpha_loss alpha_value context_kl context_std"
        "distilled_loss ae_loss ae_transition_loss reward_loss contrastive_loss policy_loss"
        "policy_loss_before value_loss value_loss_before kl kl_before entropy entropy_coefficient"
        "entropy_coefficient_env_index_ episodes_env_index_ explained_variance importance_ratio"
        "goal_error reward_before_adaptation reward_after_adaptation dynamics_loss backward_loss"
        "reward_model_loss end_loss"
    ]
    |> List.collect (_.Split(' ') >> List.ofArray)

let private known = Logging.usualColumns @ measured

/// A column without the index of its task.
let private ofAnyTask (name: string) =
    let without = name.TrimEnd([| '0' .. '9' |])
    if without.EndsWith '_' then without else name

let private ofColumns key (columns: LoggedMetric list) : Warning list = [
    for column in columns do
        if not (List.contains (ofAnyTask column.Key) known) then
            {
                Key = $"{key}: {Truncate.text 80 column.Key}"
                Text =
                    $"is no metric of the library, and its column stays empty where no extension measures it.{Nearest.hint known column.Key} docs/reference/metrics.md has all."
            }
]

/// Remarks on columns that the library does not measure.
let warnings (e: Experiment) : Warning list =
    ofColumns "metrics.train" e.Logging.TrainMetrics
    @ ofColumns "metrics.eval" e.Logging.EvalMetrics
