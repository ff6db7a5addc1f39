namespace MtrlFunctional.Tests.Statistics

open System.Xml.Linq
open NUnit.Framework
open MtrlFunctional.Statistics

[<TestFixture>]
module ``a comparison`` =
    let private evaluation step (rates: float list) = {
        Step = step
        Ever = Array.ofList rates
        AtEnd = Array.ofList rates |> Array.map (fun r -> r / 2.0)
        Return = Array.ofList rates |> Array.map (fun r -> 100.0 * r)
    }

    let private seed number step evaluations = {
        Seed = number
        Step = step
        Evaluations = [ for at, rates in evaluations -> evaluation at rates ]
    }

    let private row name planned seeds : ComparedExperiment = {
        Name = name
        Planned = planned
        Total = 100.0
        Seeds = seeds
        Tasks = [ "reach-v3"; "push-v3" ]
        Facts = [ "env.horizon", "150" ]
    }

    let private first =
        seed 1 100.0 [ 0.0, [ 0.0; 0.0 ]; 50.0, [ 1.0; 0.8 ]; 100.0, [ 0.6; 0.2 ] ]

    let private second =
        seed 2 100.0 [ 0.0, [ 0.0; 0.0 ]; 50.0, [ 0.8; 0.6 ]; 100.0, [ 1.0; 0.6 ] ]

    let private third = seed 3 60.0 [ 0.0, [ 0.0; 0.0 ]; 50.0, [ 0.0; 0.0 ] ]

    let private both = row "both" 2 [ first; second ]
    let private near (wanted: float) = Is.EqualTo(wanted).Within 1e-9

    let private table rows =
        Comparison.summarise { Title = "a & <table>"; Rows = rows; At = None; Aggregates = [] }

    let private text rows = ComparisonTable.text (table rows)

    [<Test>]
    let ``takes the mean over tasks, then over seeds, at the end`` () =
        let summary = Comparison.summary [] None both
        Assert.That(summary.Ever.Mean, near 0.6)
        // Means of the seeds: 0.4 and 0.8.
        Assert.That(summary.Ever.Error.Value, near 0.2)
        Assert.That(summary.AtEnd.Mean, near 0.3)
        Assert.That(summary.Return.Mean, near 60.0)
        Assert.That(summary.Step, Is.EqualTo 100.0)
        Assert.That(summary.Counted, Is.EqualTo 2)

    [<Test>]
    let ``finds the best evaluation of all seeds together`` () =
        let summary = Comparison.summary [] None both
        Assert.That(summary.BestStep, Is.EqualTo 50.0)
        Assert.That(summary.Best.Mean, near 0.8)

    [<Test>]
    let ``the middle is over all seeds and tasks`` () =
        let summary = Comparison.summary [] None both
        // 0.2, 0.6, 0.6, 1.0 without the ends.
        Assert.That(summary.Middle, near 0.6)
        let interval = summary.MiddleInterval.Value
        Assert.That(interval.Low, Is.LessThan 0.6)
        Assert.That(interval.High, Is.GreaterThan 0.6)

    [<Test>]
    let ``has other aggregates over tasks where they are asked for`` () =
        let rows = [ both ]
        let asked = [ TaskAggregate.Average; TaskAggregate.Worst ]
        let others = (Comparison.summary asked None both).Others
        Assert.That(List.map fst others = [ TaskAggregate.Worst ])
        // 0.2 and 0.6.
        Assert.That((snd others.Head).Mean, near 0.4)

        let comparison = { Title = ""; Rows = rows; At = None; Aggregates = asked }
        let text = ComparisonTable.text (Comparison.summarise comparison)
        Assert.That(text, Does.Contain "ever, worst task")
        Assert.That(text, Does.Contain "40.0 ± 20.0 %")
        Assert.That(ComparisonTable.text (table rows), Does.Not.Contain "worst")

    [<Test>]
    let ``knows each task`` () =
        let tasks = (Comparison.summary [] None both).Tasks
        Assert.That(List.map fst tasks = both.Tasks)
        Assert.That((snd tasks[0]).Mean, near 0.8)
        Assert.That((snd tasks[1]).Mean, near 0.4)

    [<Test>]
    let ``a seed under way does not count beside finished ones`` () =
        let whole = Comparison.summary [] None both
        let summary = Comparison.summary [] None (row "both" 4 [ first; second; third ])
        Assert.That(summary.Ever, Is.EqualTo whole.Ever)
        Assert.That(summary.Finished, Is.EqualTo 2)

        let said = text [ row "three" 4 [ first; second; third ] ]
        Assert.That(said, Does.Contain "three        2 of 4    100")

        Assert.That(
            said,
            Does.Contain
                "three: 2 of 4 seeds finished (of 100 steps); seed 3 at step 60, not counted."
        )

    [<Test>]
    let ``without a finished seed all are compared as far as the last of them came`` () =
        let early = seed 4 30.0 [ 0.0, [ 0.5; 0.5 ] ]
        let summary = Comparison.summary [] None (row "early" 2 [ third; early ])
        Assert.That(summary.Step, Is.EqualTo 0.0)
        Assert.That(summary.Ever.Mean, near 0.25)
        Assert.That(summary.Counted, Is.EqualTo 2)

    [<Test>]
    let ``at a step those seeds count that came so far`` () =
        let all = row "three" 3 [ first; second; third ]
        let summary = Comparison.summary [] (Some 60.0) all
        Assert.That(summary.Step, Is.EqualTo 50.0)
        Assert.That(summary.Counted, Is.EqualTo 3)
        Assert.That((Comparison.summary [] (Some 70.0) all).Counted, Is.EqualTo 2)

    [<Test>]
    let ``nothing measured is no number and no failure`` () =
        let said = text [ row "nothing" 3 [] ]
        Assert.That(said, Does.Match @"nothing +0 of 3 +– +– +– +– +– +–")
        Assert.That(said, Does.Contain "nothing: 0 of 3 seeds finished (of 100 steps).")
        Assert.That(said, Does.Not.Contain "NaN")

    [<Test>]
    let ``says that one seed tells nothing of others, and few not enough`` () =
        Assert.That(text [ row "one" 1 [ first ] ], Does.Contain "A single seed has neither")
        Assert.That(text [ row "one" 1 [ first ] ], Does.Match @"one +1 of 1 +100 +40.0 % +40.0 % ")
        Assert.That(text [ both ], Does.Contain "fewer than five seeds are too narrow")
        Assert.That(text [ both ], Does.Not.Contain "A single seed")

    [<Test>]
    let ``says how probable an improvement is, of rows at the same step`` () =
        let one = row "one" 1 [ first ]
        let other = row "other" 1 [ second ]
        let said = text [ one; other; row "third" 1 [ third ] ]
        // 1.0 against 0.6 and 0.6 against 0.2.
        Assert.That(said, Does.Match "other +one +100.0 %\n")
        Assert.That(said, Does.Not.Match "third +(one|other) ")
        Assert.That(text [ one ], Does.Not.Contain "Probability of improvement")

    [<Test>]
    let ``says what is the same and what is not`` () =
        let other = { row "other" 2 [ first ] with Facts = [ "env.horizon", "500" ] }
        Assert.That(text [ both ], Does.Contain "All rows: env.horizon = 150.")

        Assert.That(
            text [ both; other ],
            Does.Contain "The rows differ in env.horizon: 150 (both), 500 (other)."
        )

    [<Test>]
    let ``says that rows stand at different steps`` () =
        let said = text [ both; row "third" 1 [ third ] ]
        Assert.That(said, Does.Contain "The rows stand at different steps")
        Assert.That(text [ both ], Does.Not.Contain "The rows stand")

    [<Test>]
    let ``is a table in Markdown`` () =
        let markdown = ComparisonTable.markdown (table [ both ])
        Assert.That(markdown, Does.Contain "| both | 2 of 2 | 100 | 60.0 ± 20.0 % | 60.0 [")
        Assert.That(markdown, Does.Contain "| reach-v3 | 80.0 ± 20.0 % |")
        Assert.That(markdown, Does.Contain "(intervals.svg)")

    [<Test>]
    let ``is drawn, also where nothing was measured`` () =
        let findings = table [ both; row "nothing" 3 [] ]

        for svg in
            [
                IntervalChart.svg (ComparisonFigures.intervals findings)
                Svg.render (ComparisonFigures.curves findings.Comparison)
                Svg.render (ComparisonFigures.perTask findings.Comparison)
            ] do
            Assert.That((nonNull (XDocument.Parse svg).Root).Name.LocalName, Is.EqualTo "svg")
            Assert.That(svg, Does.Not.Contain "NaN")
            Assert.That(svg, Does.Contain "nothing")

    [<Test>]
    let ``a band goes up one edge and back the other`` () =
        let panel = (ComparisonFigures.curves (table [ both ]).Comparison).Panels.Head

        match panel.Series with
        | [ band; line ] ->
            Assert.That(band.Mark, Is.EqualTo Mark.Area)

            for struct (step, mean), wanted in
                Seq.zip line.Points [ 0.0, 0.0; 50.0, 0.8; 100.0, 0.6 ] do
                Assert.That(step, Is.EqualTo(fst wanted))
                Assert.That(mean, near (snd wanted))

            let struct (_, above) = band.Points[2]
            let struct (_, below) = band.Points[3]
            Assert.That(above, near 0.8)
            Assert.That(below, near 0.4)
        | other -> Assert.Fail $"{other}"
