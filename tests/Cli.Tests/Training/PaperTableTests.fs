module MtrlFunctional.Cli.Tests.Training.PaperTableTests

open Expecto
open System.IO
open MtrlFunctional.Experiments
open MtrlFunctional.Storage
open MtrlFunctional.Cli.Training
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

/// A table of two rows and two seeds, each run a fraction of a second.
let ``a table of a paper`` =
    let folder = TestFolder.create "table"

    let row name units =
        Experiment.mt1 "drawer-close"
        |> Experiment.withName name
        |> Experiment.withActor (fun actor -> { actor with HiddenDim = units })

    let table = {
        Name = "tiny"
        Title = "Tiny"
        Rows = [ "small", row "tiny-small" 8; "large", row "tiny-large" 12 ]
    }

    let words =
        Words.split
            $"setup.seed_ref=1 setup.num_seeds=2 setup.base_path={folder} setup.threads=1
            env.horizon=20 experiment.num_train_steps=50 experiment.init_steps=20
            experiment.eval_freq=20 experiment.num_eval_episodes=2 replay_buffer.batch_size=8
            replay_buffer.capacity=1000 experiment.save_freq=20
            experiment.save.model.retain_last_n=-1"

    let run more =
        Capture.run (fun () -> PaperTable.runScript (PaperTable.script table) (words @ more))

    let shown more = Capture.succeeds(run more).Out
    let refusal more = Capture.messages (run more)

    let text name =
        File.ReadAllText(Path.Combine(folder, "tiny", name))

    let first = lazy shown [ "plain" ]

    after first [
        testCase "trains every row with every seed and prints the table" (fun () ->
            first.Value |> contains "Tiny, 50 steps"
            first.Value |> matches @"small +2 of 2 +50 "
            first.Value |> matches @"large +2 of 2 +50 "
            let page = Path.Combine(folder, "tiny", "table.md")
            first.Value |> contains $"4 of 4 runs finished. Table: {page}")

        testCase "takes the seeds in turn" (fun () ->
            let at (row: string) seed =
                first.Value.IndexOf $"{row}/seed-{seed}/report.html"

            let order = [
                at "tiny-small" 1
                at "tiny-large" 1
                at "tiny-small" 2
                at "tiny-large" 2
            ]

            List.sort order |> equals order
            order.Head |> isAbove 0)

        testCase "leaves text, Markdown and figures" (fun () ->
            first.Value |> contains (text "table.txt")
            text "table.md" |> contains "| small | 2 of 2 | 50 |"

            for figure in [ "intervals.svg"; "curves.svg"; "tasks.svg" ] do
                text "table.md" |> contains figure
                text figure |> startsWith "<svg")

        testCase "finished runs stay finished" (fun () ->
            let log = Path.Combine(folder, "tiny-small", "seed-1", "metrics.jsonl")
            let before = File.GetLastWriteTimeUtc log
            let again = shown []
            again |> lacks "report.html"
            again |> contains (text "table.txt")
            File.GetLastWriteTimeUtc log |> equals before)

        /// The state that a process leaves that was killed in its second run.
        testCase "that ended in the middle goes on there, to the same numbers" (fun () ->
            let whole = text "table.txt"
            let killed = RunFolder(Path.Combine(folder, "tiny-large", "seed-1"))
            Directory.Delete(killed.Checkpoints.FolderOf 50L, true)
            let said = Capture.succeeds(run []).Err
            said |> contains "tiny-large/seed-1: continues at step 40"
            said |> lacks "tiny-small/seed-1: continues"
            text "table.txt" |> equals whole)

        testCase "more seeds make it a table that is not whole" (fun () ->
            let printed = shown [ "setup.num_seeds=3"; "show" ]
            printed |> matches @"small +2 of 3 +50 "
            printed |> contains "small: 2 of 3 seeds finished (of 50 steps)."
            printed |> contains "4 of 6 runs finished.")

        testCase "other words do not touch what is there" (fun () ->
            refusal [ "agent.actor.num_layers=2" ]
            |> containsAll [
                "4 errors; nothing was started."
                "tiny-small"
                "setup.base_path=DIR"
            ])

        testCase "rows do not share a folder" (fun () ->
            refusal [ "setup.name=same" ] |> contains "small, large: all would run in")

        testCase "a wrong word is named once for all rows" (fun () ->
            refusal [ "agent.actor.hiden_dim=4"; "shw" ]
            |> contains "shw: neither key=value nor"

            refusal [ "agent.actor.hiden_dim=4" ]
            |> contains "1 error; nothing was started.")

        testCase "says what it is" (fun () ->
            for word in [ "help"; "--help" ] do
                shown [ word ] |> containsAll [ "dotnet fsi SCRIPT.fsx"; "tiny-large" ])
    ]
