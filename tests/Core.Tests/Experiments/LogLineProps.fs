module MtrlFunctional.Tests.Experiments.LogLineProps

open Expecto
open System.Collections.Generic
open MtrlFunctional.Experiments
open MtrlFunctional.Tests

let ``log line`` = [
    let column key short format = {
        Key = key
        Abbreviation = short
        Format = format
        Aggregation = "average"
    }

    // The columns that mtrl prints, with one per task in between: it still comes last.
    let columns = [
        column "success_env_index_" None MetricFormat.Float
        column "episode" (Some "E") MetricFormat.Int
        column "step" (Some "S") MetricFormat.Int
        column "duration" (Some "D") MetricFormat.Time
        column "episode_reward" (Some "R") MetricFormat.Float
        column "success" (Some "Su") MetricFormat.Float
        column "batch_reward" (Some "BR") MetricFormat.Float
        column "actor_loss" (Some "ALOSS") MetricFormat.Float
        column "episode_reward_env_index_" (Some "R_") MetricFormat.Float
        column "critic_loss" (Some "CLOSS") MetricFormat.Float
        column "success_env_index_" (Some "Su_") MetricFormat.Float
        column "env_index_" (Some "ENV_") MetricFormat.Text
    ]

    let line mode values =
        LogLine.format mode 10 columns (dict values |> Dictionary)

    let perTask key values =
        Words.split values |> List.mapi (fun i x -> $"{key}{i}", float x)

    testCase "equals line 1 of the README of the paper" (fun () ->
        let values = [
            yield! perTask "env_index_" "0 1 2 3 4 5 6 7 8 9"
            yield!
                perTask
                    "episode_reward_env_index_"
                    "487.5569 8.9984 158.9726 186.7860 17.6790 179.2791 224.1127 119.9955 100.4628 148.0436"
            yield! perTask "success_env_index_" "1 0 1 1 0 1 1 0 0 1"
            "episode", 5270.0
            "step", 790500.0
            "duration", 2.7
            "success", 0.6000
            "batch_reward", 1.1579
            "actor_loss", -129.9481
            "critic_loss", 48.9331
            "unknown", 1.0
        ]

        let wanted =
            "| train | E: 5270 | S: 790500 | D: 2.7 s | Su: 0.6000 | BR: 1.1579 | ALOSS: -129.9481 | CLOSS: 48.9331"
            + " | R_0: 487.5569 | R_1: 8.9984 | R_2: 158.9726 | R_3: 186.7860 | R_4: 17.6790 | R_5: 179.2791 | R_6: 224.1127 | R_7: 119.9955 | R_8: 100.4628 | R_9: 148.0436"
            + " | Su_0: 1.0000 | Su_1: 0.0000 | Su_2: 1.0000 | Su_3: 1.0000 | Su_4: 0.0000 | Su_5: 1.0000 | Su_6: 1.0000 | Su_7: 0.0000 | Su_8: 0.0000 | Su_9: 1.0000"
            + " | ENV_0: 0 | ENV_1: 1 | ENV_2: 2 | ENV_3: 3 | ENV_4: 4 | ENV_5: 5 | ENV_6: 6 | ENV_7: 7 | ENV_8: 8 | ENV_9: 9"

        line "train" values |> equals wanted)

    testCase "prints numbers as Python does" (fun () ->
        let same = [
            5e-05, "0.0001"
            0.00015, "0.0001"
            0.125, "0.1250"
            2.00005, "2.0000"
            1e-05, "0.0000"
            -1e-05, "-0.0000"
            -0.0, "-0.0000"
            123456789.12345679, "123456789.1235"
            1e20, "100000000000000000000.0000"
            0.99995, "1.0000"
            2.5, "2.5000"
            1.00005, "1.0001"
            nan, "nan"
            infinity, "inf"
            -infinity, "-inf"
        ]

        for x, wanted in same do
            line "eval" [ "success", x ] |> equals $"| eval  | Su: {wanted}"

        for x, wanted in [ 0.25, "0.2"; 0.35, "0.3"; 0.05, "0.1"; 99.95, "100.0" ] do
            line "train" [ "duration", x ] |> equals $"| train | D: {wanted} s"

        line "train" [ "step", 1e7 ] |> equals "| train | S: 10000000")
]
