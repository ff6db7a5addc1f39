namespace MtrlFunctional.Cli.Tests

open System
open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Cli.Watch
open MtrlFunctional.Tests.Child

[<TestFixture>]
module ``the runs of the live page`` =
    let private follow folder =
        RunFollower(RunFolder folder, 100, TimeSpan.Zero)

    let private steps (parts: TablePart list) mode =
        parts
        |> List.tryFind (fun part -> part.Mode = mode)
        |> Option.map _.Steps
        |> Option.defaultValue [||]

    [<Test>]
    let ``are found below a folder, each with its newest numbers`` () =
        WatchedRun.inFolder (fun folder ->
            WatchedRun.make folder "mt10/seed-1" [] |> ignore

            WatchedRun.make folder "mt10/seed-2" [ "experiment.num_train_steps=300" ]
            |> ignore

            Directory.CreateDirectory(Path.Combine(folder, "mt10/seed-1/checkpoints/step-1"))
            |> ignore

            let rows, present, version = RunStore(folder, 100).RowsSince -1
            Assert.That([ for row in rows -> row.Name ] = [ "mt10/seed-1"; "mt10/seed-2" ])
            Assert.That(present, Has.Length.EqualTo 2)
            Assert.That(version, Is.Positive)
            let first, second = rows[0], rows[1]
            Assert.That(first.Step, Is.EqualTo 300.0)
            Assert.That(first.Success, Is.EqualTo 0.5)
            // Its metrics grew a moment ago.
            Assert.That(first.State, Is.EqualTo RunState.Training)
            Assert.That(second.State, Is.EqualTo RunState.Finished))

    [<Test>]
    let ``are sent once, also with numbers that are missing`` () =
        WatchedRun.inFolder (fun folder ->
            let run = WatchedRun.make folder "run" []
            File.WriteAllText(Path.Combine(run, "metrics.jsonl"), "")
            let store = RunStore(folder, 100)
            let first, _, version = store.RowsSince -1
            Assert.That(first, Has.Length.EqualTo 1)
            Assert.That(first.Head.Success |> Double.IsNaN, Is.True)
            let mutable later = first

            Waiting.Until(
                "the folder is looked at again",
                fun () ->
                    let rows, _, now = store.RowsSince version
                    later <- rows
                    now > version
            )

            Assert.That(later, Is.Empty))

    [<Test>]
    let ``links are not followed`` () =
        WatchedRun.inFolder (fun folder ->
            let other = Directory.CreateTempSubdirectory "mtrl-elsewhere-"

            try
                WatchedRun.make other.FullName "secret" [] |> ignore

                Directory.CreateSymbolicLink(Path.Combine(folder, "link"), other.FullName)
                |> ignore

                let rows, _, _ = RunStore(folder, 100).RowsSince -1
                Assert.That(rows, Is.Empty)
            finally
                other.Delete(recursive = true))

    [<Test>]
    let ``are read from where the last reading ended`` () =
        WatchedRun.inFolder (fun folder ->
            let run = WatchedRun.make folder "run" []
            let follower = follow run
            let parts, cursors, detail, version = follower.Since(Map.empty, 0)
            Assert.That(steps parts "train", Is.EqualTo<float[]> [| 150.0; 300.0 |])
            Assert.That(detail.Value.Tasks |> Map |> Map.find "eval" = [ "reach-v3" ])

            Assert.That(
                detail.Value.Configuration |> Map |> Map.find "env.horizon",
                Is.EqualTo "150"
            )

            Assert.That(
                detail.Value.Conflicts.Head.Cosines,
                Is.EqualTo<float[]> [| 0.5; -0.25; nan |]
            )

            // A line in progress is not read before its end.
            WatchedRun.append run [ WatchedRun.train 450 0.75 ]
            File.AppendAllText(Path.Combine(run, "metrics.jsonl"), """{"mode":"train","st""")
            let parts, cursors, detail, _ = follower.Since(cursors, version)
            Assert.That(steps parts "train", Is.EqualTo<float[]> [| 450.0 |])
            Assert.That(detail.IsNone)
            File.AppendAllText(Path.Combine(run, "metrics.jsonl"), "ep\":600,\"success\":1}\n")
            let parts, _, _, _ = follower.Since(cursors, version)
            Assert.That(steps parts "train", Is.EqualTo<float[]> [| 600.0 |]))

    [<Test>]
    let ``a log that a resumed run cut is read again`` () =
        WatchedRun.inFolder (fun folder ->
            let run = WatchedRun.make folder "run" []
            let follower = follow run
            let _, cursors, _, version = follower.Since(Map.empty, 0)
            let file = Path.Combine(run, "metrics.jsonl")
            let lines = File.ReadAllLines file
            File.WriteAllText(file, String.Join("\n", lines[..1]) + "\n")
            WatchedRun.append run [ for i in 1..20 -> WatchedRun.train (150 + i) 0.5 ]
            let parts, _, _, _ = follower.Since(cursors, version)
            let train = steps parts "train"
            Assert.That(train[0], Is.EqualTo 150.0)
            Assert.That(train, Has.Length.EqualTo 21))

    [<Test>]
    let ``lines that are no records are skipped`` () =
        WatchedRun.inFolder (fun folder ->
            let run = WatchedRun.make folder "run" []

            WatchedRun.append run [
                "not JSON"
                "[]"
                """{"step":1,"mode":"train"}"""
                """{"mode":"train","step":"one"}"""
                """{"mode":"train","step":1,"nested":{"a":[1,{"b":2}]},"success":"Infinity"}"""
                WatchedRun.train 450 0.5
            ]

            let parts, _, _, _ = (follow run).Since(Map.empty, 0)
            Assert.That(steps parts "train", Is.EqualTo<float[]> [| 150.0; 300.0; 1.0; 450.0 |]))

    [<Test>]
    let ``a link in place of a log is refused`` () =
        WatchedRun.inFolder (fun folder ->
            let run = WatchedRun.make folder "run" []
            let file = Path.Combine(run, "metrics.jsonl")
            File.Delete file
            File.CreateSymbolicLink(file, "/dev/zero") |> ignore

            let read () =
                (follow run).Since(Map.empty, 0) |> ignore

            Assert.That(
                Action read,
                Throws.TypeOf<MtrlException>().With.Message.Contains "is a link"
            )

            let rows, _, _ = RunStore(folder, 100).RowsSince -1
            Assert.That(rows.Head.Step |> Double.IsNaN, Is.True))
