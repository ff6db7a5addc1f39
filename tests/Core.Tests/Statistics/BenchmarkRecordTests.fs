namespace MtrlFunctional.Core.Tests.Statistics

open NUnit.Framework
open MtrlFunctional.Statistics
open MtrlFunctional.Statistics.BenchmarkRecord

[<TestFixture>]
module ``a record of a benchmark`` =
    let private record mode step numbers : RunRecord = {
        Mode = mode
        Step = step
        Numbers = Map numbers
    }

    [<Test>]
    let ``counts steps of all tasks and processor time until a level is first reached`` () =
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

        Assert.That(whole, Is.EqualTo { Steps = 30_000.0; ProcessorHours = 2.0 })

        Assert.That(
            (reached = [
                Some { Steps = 10_000.0; ProcessorHours = 0.5 }
                Some { Steps = 20_000.0; ProcessorHours = 1.0 }
                None
            ])
        )

    let private seed number ever : SeedScores =
        let success = { Ever = ever; AtEnd = Array.map (fun x -> x / 2.0) ever }

        {
            Seed = number
            Goals = { Trained = success; Unseen = success }
            Whole = { Steps = 15e6; ProcessorHours = 2.5 }
            Reached = [ Some { Steps = 4e6; ProcessorHours = 0.7 }; None; None ]
        }

    [<Test>]
    let ``has a line for each seed, their mean with its standard error, and the interquartile mean``
        ()
        =
        let lines = (grid [] [ seed 1 [| 1.0; 0.8 |]; seed 2 [| 1.0; 0.6 |] ]).Lines

        Assert.That(
            (lines[0] = [
                "seed 1"
                "90.0 %"
                "45.0 %"
                "90.0 %"
                "45.0 %"
                "80.0 %"
                "80.0 %"
                "4.0 M, 0.7 h"
                "–"
                "–"
                "15.0 M, 2.5 h"
            ])
        )

        Assert.That(List.item 1 lines[2], Is.EqualTo "85.0 ± 5.0 %")
        Assert.That(List.item 5 lines[2], Is.EqualTo "70.0 ± 10.0 %")

        // Of 0.6, 0.8, 1, 1 the middle two.
        Assert.That(List.item 1 lines[3], Does.StartWith "90.0 [")
        Assert.That(lines |> List.map List.length |> List.distinct, Has.Length.EqualTo 1)

    [<Test>]
    let ``has a line for each reference, with success and without effort`` () =
        let experts = (seed 1 [| 1.0; 0.9 |]).Goals
        let lines = (grid [ "experts", experts ] [ seed 1 [| 1.0; 0.8 |] ]).Lines

        Assert.That(
            (List.last lines = [
                "experts"
                "95.0 %"
                "47.5 %"
                "95.0 %"
                "47.5 %"
                "90.0 %"
                "90.0 %"
                ""
                ""
                ""
                ""
            ])
        )
