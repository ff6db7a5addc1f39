module MtrlFunctional.Tests.Statistics.BenchmarkRecordTests

open Expecto
open MtrlFunctional.Statistics
open MtrlFunctional.Statistics.BenchmarkRecord

let ``a record of a benchmark`` = [
    let record mode step numbers : RunRecord = { Mode = mode; Step = step; Numbers = Map numbers }

    testCase
        "counts steps of all tasks and processor time until a level is first reached"
        (fun () ->
            let whole, reached =
                efforts 10 [
                    record "eval" 0.0 [ "success", 0.0 ]
                    record "train" 1_000.0 [ "processor_seconds", 1_800.0; "success", 1.0 ]
                    record "eval" 1_000.0 [ "success", 0.85 ]
                    record "train" 2_000.0 [ "processor_seconds", 1_800.0 ]
                    record "eval" 2_000.0 [ "success", 0.92 ]
                    record "train" 3_000.0 [ "processor_seconds", 3_600.0 ]
                    record "eval" 3_000.0 [ "success", 0.88 ]
                ]

            whole |> equals { Steps = 30_000.0; ProcessorHours = 2.0 }

            reached
            |> equals (
                [
                    Some { Steps = 10_000.0; ProcessorHours = 0.5 }
                    Some { Steps = 20_000.0; ProcessorHours = 1.0 }
                    None
                ]
            ))

    let seed number ever : SeedScores =
        let success = { Ever = ever; AtEnd = Array.map (fun x -> x / 2.0) ever }

        {
            Seed = number
            Goals = { Trained = success; Unseen = success }
            Whole = { Steps = 15e6; ProcessorHours = 2.5 }
            Reached = [ Some { Steps = 4e6; ProcessorHours = 0.7 }; None; None ]
        }

    testCase
        "has a line for each seed, their mean with its standard error, and the interquartile mean"
        (fun () ->
            let lines = (grid [] [ seed 1 [| 1.0; 0.8 |]; seed 2 [| 1.0; 0.6 |] ]).Lines

            lines[0]
            |> String.concat "|"
            |> equals
                "seed 1|90.0 %|45.0 %|90.0 %|45.0 %|80.0 %|80.0 %|4.0 M, 0.7 h|–|–|15.0 M, 2.5 h"

            List.item 1 lines[2] |> equals "85.0 ± 5.0 %"
            List.item 5 lines[2] |> equals "70.0 ± 10.0 %"

            // Of 0.6, 0.8, 1, 1 the middle two.
            List.item 1 lines[3] |> startsWith "90.0 ["
            lines |> List.map List.length |> List.distinct |> hasLength 1)

    testCase "has a line for each reference, with success and without effort" (fun () ->
        let experts = (seed 1 [| 1.0; 0.9 |]).Goals
        let lines = (grid [ "experts", experts ] [ seed 1 [| 1.0; 0.8 |] ]).Lines

        List.last lines
        |> String.concat "|"
        |> equals "experts|95.0 %|47.5 %|95.0 %|47.5 %|90.0 %|90.0 %||||")
]
