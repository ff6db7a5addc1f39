namespace MtrlFunctional.Cli.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Cli.Training

/// A table of two rows and two seeds, each run a fraction of a second.
[<TestFixture; NonParallelizable>]
type ``a table of a paper``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-table-").FullName

    let row name units =
        Experiment.mt1 "drawer-close"
        |> Experiment.withName name
        |> Experiment.withActor (fun actor -> { actor with HiddenDim = units })

    let table = {
        Name = "tiny"
        Title = "Tiny"
        Rows = [ "small", row "tiny-small" 8; "large", row "tiny-large" 12 ]
    }

    let words = [
        "setup.seed_ref=1"
        "setup.num_seeds=2"
        $"setup.base_path={folder}"
        "setup.threads=1"
        "env.horizon=20"
        "experiment.num_train_steps=50"
        "experiment.init_steps=20"
        "experiment.eval_freq=20"
        "experiment.num_eval_episodes=2"
        "replay_buffer.batch_size=8"
        "replay_buffer.capacity=1000"
    ]

    let run more =
        Capture.run (fun () -> PaperTable.run table (words @ more))

    let text name =
        File.ReadAllText(Path.Combine(folder, "tiny", name))

    let mutable first: Capture.Printed = { Exit = -1; Out = ""; Err = "" }

    [<OneTimeSetUp>]
    member _.Train() = first <- run [ "plain" ]

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``trains every row with every seed and prints the table``() =
        Assert.That(first.Exit, Is.EqualTo ExitCode.Done, first.Err)
        Assert.That(first.Out, Does.Contain "Tiny, 50 steps")
        Assert.That(first.Out, Does.Match @"small +2 of 2 +50 ")
        Assert.That(first.Out, Does.Match @"large +2 of 2 +50 ")
        let page = Path.Combine(folder, "tiny", "table.md")
        Assert.That(first.Out, Does.Contain $"4 of 4 runs finished. Table: {page}")

    [<Test>]
    member _.``takes the seeds in turn``() =
        let at (row: string) seed =
            first.Out.IndexOf $"{row}/seed-{seed}/report.html"

        let order = [ at "tiny-small" 1; at "tiny-large" 1; at "tiny-small" 2; at "tiny-large" 2 ]
        Assert.That(List.sort order, Is.EqualTo<int list> order)
        Assert.That(order.Head, Is.GreaterThan 0)

    [<Test>]
    member _.``leaves text, Markdown and figures``() =
        Assert.That(first.Out, Does.Contain(text "table.txt"))
        Assert.That(text "table.md", Does.Contain "| small | 2 of 2 | 50 |")

        for figure in [ "intervals.svg"; "curves.svg"; "tasks.svg" ] do
            Assert.That(text "table.md", Does.Contain figure)
            Assert.That(text figure, Does.StartWith "<svg")

    [<Test>]
    member _.``finished runs stay finished``() =
        let log = Path.Combine(folder, "tiny-small", "seed-1", "metrics.jsonl")
        let before = File.GetLastWriteTimeUtc log
        let again = run []
        Assert.That(again.Exit, Is.EqualTo ExitCode.Done, again.Err)
        Assert.That(again.Out, Does.Not.Contain "report.html")
        Assert.That(again.Out, Does.Contain(text "table.txt"))
        Assert.That(File.GetLastWriteTimeUtc log, Is.EqualTo before)

    [<Test>]
    member _.``is what mtrl report says of the folders``() =
        let out = Path.Combine(folder, "compared")

        let printed =
            Capture.mtrl [
                "report"
                Path.Combine(folder, "tiny-small")
                Path.Combine(folder, "tiny-large")
                "--out"
                out
            ]

        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        let compared = File.ReadAllText(Path.Combine(out, "table.txt"))
        // The names and the width of their column are others.
        let numbers (table: string) = [
            for line in table.Split '\n' do
                if line.Contains " 2 of 2 " then
                    line.Substring(line.IndexOf "2 of 2")
        ]

        Assert.That(compared, Does.Contain "tiny-small   2 of 2")
        Assert.That((numbers compared).Length, Is.EqualTo 2)
        Assert.That(numbers compared, Is.EqualTo<string list>(numbers (text "table.txt")))

    [<Test>]
    member _.``more seeds make it a table that is not whole``() =
        let printed = run [ "setup.num_seeds=3"; "show" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        Assert.That(printed.Out, Does.Match @"small +2 of 3 +50 ")
        Assert.That(printed.Out, Does.Contain "small: 2 of 3 seeds finished (of 50 steps).")
        Assert.That(printed.Out, Does.Contain "4 of 6 runs finished.")

    [<Test>]
    member _.``other words do not touch what is there``() =
        let printed = run [ "agent.actor.num_layers=2" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "4 errors; nothing was started.")
        Assert.That(printed.Err, Does.Contain "tiny-small")
        Assert.That(printed.Err, Does.Contain "setup.base_path=DIR")

    [<Test>]
    member _.``rows do not share a folder``() =
        let printed = run [ "setup.name=same" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "small, large: all would run in")

    [<Test>]
    member _.``a wrong word is named once for all rows``() =
        let printed = run [ "agent.actor.hiden_dim=4"; "shw" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "shw: neither key=value nor")
        let printed = run [ "agent.actor.hiden_dim=4" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "1 error; nothing was started.")

    [<Test>]
    member _.``says what it is``() =
        for word in [ "help"; "--help" ] do
            let printed = run [ word ]
            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
            Assert.That(printed.Out, Does.Contain "dotnet fsi scripts/tiny.fsx")
            Assert.That(printed.Out, Does.Contain "tiny-large")

    [<Test>]
    member _.``says it in columns``() =
        let rows = [
            "a row whose name is long, with its reason", row "first" 8
            "b", row "second" 8
        ]

        let help =
            Capture.run (fun () -> PaperTable.run { table with Rows = rows } [ "help" ])

        let lines = help.Out.Split '\n'

        for texts in [ [ "first"; "second" ]; [ "overrides for"; "print the lines of train.log" ] ] do
            let starts = [
                for text in texts do
                    let line = lines |> Array.find _.Contains(text)
                    line.IndexOf text, line[line.IndexOf text - 2 ..].StartsWith "  "
            ]

            Assert.That(
                List.distinct starts,
                Is.EqualTo<(int * bool) list> [ fst starts.Head, true ]
            )
