module MtrlFunctional.Tests.Statistics.RunMetricsTests

open Expecto
open System.Collections.Generic
open MtrlFunctional.Statistics

let ``names in TensorBoard`` = [
    let names mode tasks measurements =
        let record = [ for name in measurements -> KeyValuePair(name, 0.5) ]

        [ for tag in RunMetrics.tags mode tasks record -> tag.Key ]

    testCase "are those of all tasks, and of each task by its name" (fun () ->
        names "train" [ "door-open-v3"; "reach-v3" ] [
            "success"
            "episode_reward_env_index_0"
            "success_at_end_env_index_1"
            "env_index_1"
        ]
        |> equals [
            "Train/success"
            "door-open-v3/train_episode_reward"
            "reach-v3/train_success_at_end"
        ])

    testCase "have the mode of an evaluation of variants" (fun () ->
        names "eval_base" [ "walker-walk-len-3" ] [
            "episode_reward"
            "episode_reward_env_index_0"
        ]
        |> equals [ "Eval_base/episode_reward"; "walker-walk-len-3/eval_base_episode_reward" ])

    testCase "of tasks with one name have their indices" (fun () ->
        names "eval" [ "mt-cartpole"; "reach-v3"; "mt-cartpole" ] [
            for i in 0..2 -> $"success_env_index_{i}"
        ]
        |> equals [
            "mt-cartpole 0/eval_success"
            "reach-v3/eval_success"
            "mt-cartpole 2/eval_success"
        ])
]
