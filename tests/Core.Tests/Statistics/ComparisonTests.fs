module MtrlFunctional.Tests.Statistics.ComparisonTests

open Expecto
open MtrlFunctional.Statistics

let ``a comparison`` = [
    let evaluation step (rates: float list) = {
        Step = step
        Ever = Array.ofList rates
        AtEnd = Array.ofList rates |> Array.map (fun r -> r / 2.0)
        Return = Array.ofList rates |> Array.map (fun r -> 100.0 * r)
    }

    let seed number step evaluations = {
        Seed = number
        Step = step
        Evaluations = [ for at, rates in evaluations -> evaluation at rates ]
    }

    let row name planned seeds : ComparedExperiment = {
        Name = name
        Planned = planned
        Total = 100.0
        Seeds = seeds
        Tasks = [ "reach-v3"; "push-v3" ]
        Facts = [ "env.horizon", "150" ]
    }

    let first =
        seed 1 100.0 [ 0.0, [ 0.0; 0.0 ]; 50.0, [ 1.0; 0.8 ]; 100.0, [ 0.6; 0.2 ] ]

    let second =
        seed 2 100.0 [ 0.0, [ 0.0; 0.0 ]; 50.0, [ 0.8; 0.6 ]; 100.0, [ 1.0; 0.6 ] ]

    let third = seed 3 60.0 [ 0.0, [ 0.0; 0.0 ]; 50.0, [ 0.0; 0.0 ] ]

    let both = row "both" 2 [ first; second ]

    let isNear (wanted: float) = isWithin 1e-9 wanted

    let table rows =
        Comparison.summarise { Title = "a & <table>"; Rows = rows; At = None; Aggregates = [] }

    let text rows = ComparisonTable.text (table rows)

    testCase "takes the mean over tasks, then over seeds, at the end" (fun () ->
        let summary = Comparison.summary [] None both
        summary.Ever.Mean |> isNear 0.6
        // Means of the seeds: 0.4 and 0.8.
        summary.Ever.Error.Value |> isNear 0.2
        summary.AtEnd.Mean |> isNear 0.3
        summary.Return.Mean |> isNear 60.0
        summary.Step |> equals 100.0
        summary.Counted |> equals 2)

    testCase "finds the best evaluation of all seeds together" (fun () ->
        let summary = Comparison.summary [] None both
        summary.BestStep |> equals 50.0
        summary.Best.Mean |> isNear 0.8)

    testCase "takes one evaluation of each seed for a step" (fun () ->
        let whole = [ 50.0, [ 0.2; 0.2 ] ]
        // Two are as near to step 98 of another seed; one seed has none there.
        let seeds = [
            seed 1 100.0 (whole @ [ 98.0, [ 1.0; 1.0 ]; 120.0, [ 0.0; 0.0 ] ])
            seed 2 100.0 (whole @ [ 97.5, [ 1.0; 1.0 ]; 98.5, [ 1.0; 1.0 ] ])
            seed 3 100.0 whole
        ]

        (Comparison.summary [] None (row "three" 3 seeds)).BestStep |> equals 50.0)

    testCase "the middle is over all seeds and tasks" (fun () ->
        let summary = Comparison.summary [] None both
        // 0.2, 0.6, 0.6, 1.0 without the ends.
        summary.Middle |> isNear 0.6
        let interval = summary.MiddleInterval.Value
        interval.Low |> isBelow 0.6
        interval.High |> isAbove 0.6)

    testCase "has other aggregates over tasks where they are asked for" (fun () ->
        let rows = [ both ]
        let asked = [ TaskAggregate.Average; TaskAggregate.Worst ]
        let others = (Comparison.summary asked None both).Others
        List.map fst others |> equals [ TaskAggregate.Worst ]
        // 0.2 and 0.6.
        (snd others.Head).Mean |> isNear 0.4

        let comparison = { Title = ""; Rows = rows; At = None; Aggregates = asked }
        let text = ComparisonTable.text (Comparison.summarise comparison)
        text |> contains "ever, worst task"
        text |> contains "40.0 ± 20.0 %"
        ComparisonTable.text (table rows) |> lacks "worst")

    testCase "a seed under way does not count beside finished ones" (fun () ->
        let whole = Comparison.summary [] None both
        let summary = Comparison.summary [] None (row "both" 4 [ first; second; third ])
        summary.Ever |> equals whole.Ever
        summary.Finished |> equals 2

        let said = text [ row "three" 4 [ first; second; third ] ]
        said |> contains "three        2 of 4    100"

        said
        |> contains "three: 2 of 4 seeds finished (of 100 steps); seed 3 at step 60, not counted.")

    testCase "without a finished seed all are compared as far as the last of them came" (fun () ->
        let early = seed 4 30.0 [ 0.0, [ 0.5; 0.5 ] ]
        let summary = Comparison.summary [] None (row "early" 2 [ third; early ])
        summary.Step |> equals 0.0
        summary.Ever.Mean |> isNear 0.25
        summary.Counted |> equals 2)

    testCase "at a step those seeds count that came so far" (fun () ->
        let all = row "three" 3 [ first; second; third ]
        let summary = Comparison.summary [] (Some 60.0) all
        summary.Step |> equals 50.0
        summary.Counted |> equals 3
        (Comparison.summary [] (Some 70.0) all).Counted |> equals 2)

    // As where episodes end after a success: iterations of two seeds end at other steps.
    testCase "evaluations of seeds meet at steps that are near each other" (fun () ->
        let later (seed: SeedResult) = {
            seed with
                Step = seed.Step + 1.0
                Evaluations = [ for e in seed.Evaluations -> { e with Step = e.Step * 1.01 } ]
        }

        let near = row "near" 2 [ first; later second ]
        let summary = Comparison.summary [] None near
        summary.BestStep |> isNear 50.25
        summary.Best |> equals (Comparison.summary [] None both).Best

        Comparison.curve (fun e -> e.Ever[0]) near
        |> List.map fst
        |> areWithin 1e-9 [ 0.0; 50.25; 100.5 ]

        let findings = table [ both; near ]
        findings.Improvements |> hasLength 1
        ComparisonTable.text findings |> lacks "different steps"

        (Comparison.summary [] (Some 50.0) near).Ever
        |> equals (Comparison.summary [] (Some 50.0) both).Ever)

    testCase "no later evaluation counts where others are as near" (fun () ->
        let often = seed 1 100.0 [ for n in 0..100 -> float n, [ float n / 100.0; 0.0 ] ]

        (Comparison.summary [] (Some 60.0) (row "often" 1 [ often ])).Step
        |> equals 60.0

        // A line is missing in the log of the other seed.
        let other = { often with Evaluations = List.removeAt 50 often.Evaluations }

        Comparison.curve (fun e -> e.Ever[0]) (row "missing" 2 [ often; other ])
        |> List.map (fun (step, score) -> step - 100.0 * score.Mean)
        |> areWithin 1e-9 (List.replicate 101 0.0))

    testCase "nothing measured is no number and no failure" (fun () ->
        let said = text [ row "nothing" 3 [] ]
        said |> matches @"nothing +0 of 3 +– +– +– +– +– +–"
        said |> contains "nothing: 0 of 3 seeds finished (of 100 steps)."
        said |> lacks "NaN")

    testCase "says that one seed tells nothing of others, and few not enough" (fun () ->
        text [ row "one" 1 [ first ] ] |> contains "A single seed has neither"
        text [ row "one" 1 [ first ] ] |> matches @"one +1 of 1 +100 +40.0 % +40.0 % "
        text [ both ] |> contains "fewer than five seeds are too narrow"
        text [ both ] |> lacks "A single seed")

    testCase "says how probable an improvement is, of rows at the same step" (fun () ->
        let one = row "one" 1 [ first ]
        let other = row "other" 1 [ second ]
        let said = text [ one; other; row "third" 1 [ third ] ]
        // 1.0 against 0.6 and 0.6 against 0.2.
        said |> matches "other +one +100.0 %\n"
        said |> matchesNot "third +(one|other) "
        text [ one ] |> lacks "Probability of improvement")

    testCase "says nothing of an improvement over rows of other tasks" (fun () ->
        let alone = {
            row "alone" 1 [ seed 1 100.0 [ 100.0, [ 0.6 ] ] ] with
                Tasks = [ "reach-v3" ]
        }

        text [ row "one" 1 [ first ]; alone ] |> lacks "Probability of improvement")

    testCase "says what is the same and what is not" (fun () ->
        let other = { row "other" 2 [ first ] with Facts = [ "env.horizon", "500" ] }
        text [ both ] |> contains "All rows: env.horizon = 150."

        text [ both; other ]
        |> contains "The rows differ in env.horizon: 150 (both), 500 (other).")

    testCase "names the settings that differ beyond a dozen without their values" (fun () ->
        let differing value = {
            row $"row {value}" 2 [ first ] with
                Facts = [ for key in 1..15 -> $"key.{key}", value ]
        }

        let said = text [ differing "a"; differing "b" ]
        said |> contains "The rows differ in key.12: a (row a), b (row b)."
        said |> lacks "key.13: a"
        said |> contains "The rows differ in 3 more settings: key.13, key.14, key.15.")

    testCase "says that rows stand at different steps" (fun () ->
        let said = text [ both; row "third" 1 [ third ] ]
        said |> contains "The rows stand at different steps"
        text [ both ] |> lacks "The rows stand")

    testCase "is a table in Markdown" (fun () ->
        let markdown = ComparisonTable.markdown (table [ both ])
        markdown |> contains "| both | 2 of 2 | 100 | 60.0 ± 20.0 % | 60.0 ["
        markdown |> contains "| reach-v3 | 80.0 ± 20.0 % |"
        markdown |> contains "(intervals.svg)")

    testCase "a band goes up one edge and back the other" (fun () ->
        let panel = (ComparisonFigures.curves (table [ both ]).Comparison).Panels.Head

        match panel.Series with
        | [ band; line ] ->
            band.Mark |> equals Mark.Band

            for struct (step, mean), wanted in
                Seq.zip line.Points [ 0.0, 0.0; 50.0, 0.8; 100.0, 0.6 ] do
                step |> equals (fst wanted)
                mean |> isNear (snd wanted)

            let struct (_, above) = band.Points[2]
            let struct (_, below) = band.Points[3]
            above |> isNear 0.8
            below |> isNear 0.4
        | other -> failtest $"{other}")
]
