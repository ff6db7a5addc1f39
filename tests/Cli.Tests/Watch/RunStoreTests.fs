module MtrlFunctional.Cli.Tests.Watch.RunStoreTests

open Expecto
open System
open System.IO
open MtrlFunctional.Storage
open MtrlFunctional.Cli.Watch
open MtrlFunctional.Tests.Child
open MtrlFunctional.Tests

let ``the runs of the live page`` = [
    let follow folder =
        RunFollower(RunFolder folder, 100, TimeSpan.Zero)

    let steps (parts: TablePart list) mode =
        parts
        |> List.tryFind (fun part -> part.Mode = mode)
        |> Option.map _.Steps
        |> Option.defaultValue [||]

    testCase "are found below a folder, each with its newest numbers" (fun () ->
        let folder = TestFolder.create "runstore"
        WatchedRun.make folder "mt10/seed-1" [] |> ignore

        WatchedRun.make folder "mt10/seed-2" [ "experiment.num_train_steps=300" ]
        |> ignore

        Directory.CreateDirectory(Path.Combine(folder, "mt10/seed-1/checkpoints/step-1"))
        |> ignore

        let rows, present, version = RunStore(folder, 100).RowsSince -1
        [ for row in rows -> row.Name ] |> equals [ "mt10/seed-1"; "mt10/seed-2" ]
        present |> hasLength 2
        version |> isAbove 0
        let first, second = rows[0], rows[1]
        first.Step |> equals 300.0
        first.Success |> equals 0.5
        // Its metrics grew a moment ago.
        first.State |> equals RunState.Training
        second.State |> equals RunState.Finished)

    testCase
        "have ended with the checkpoint of the last step, also where no line is of it"
        (fun () ->
            let folder = TestFolder.create "runstore"
            let run = WatchedRun.make folder "run" [ "experiment.num_train_steps=310" ]

            File.SetLastWriteTimeUtc(
                Path.Combine(run, "metrics.jsonl"),
                DateTime.UtcNow.AddHours -1.0
            )

            let state () =
                let rows, _, _ = RunStore(folder, 100).RowsSince -1
                rows.Head.State

            state () |> equals RunState.Idle

            Directory.CreateDirectory(Path.Combine(run, "checkpoints", "step-310"))
            |> ignore

            state () |> equals RunState.Finished)

    testCase "are those before damaged lines" (fun () ->
        let folder = TestFolder.create "runstore"
        let run = WatchedRun.make folder "run" []
        WatchedRun.append run [ """{"mode":"eval","step":45"""; "\000\000" ]
        let rows, _, _ = RunStore(folder, 100).RowsSince -1
        (rows.Head.Step, rows.Head.Success) |> equals (300.0, 0.5)
        let parts, _, _, _ = (follow run).Since(Map.empty, 0)
        steps parts "eval" |> equals [| 0.0; 300.0 |])

    testCase "are sent once, also with numbers that are missing" (fun () ->
        let folder = TestFolder.create "runstore"
        let run = WatchedRun.make folder "run" []
        File.WriteAllText(Path.Combine(run, "metrics.jsonl"), "")
        let store = RunStore(folder, 100)
        let first, _, version = store.RowsSince -1
        first |> hasLength 1
        first.Head.Success |> isNaN
        let mutable later = first

        Waiting.Until(
            "the folder is looked at again",
            fun () ->
                let rows, _, now = store.RowsSince version
                later <- rows
                now > version
        )

        later |> isEmpty)

    testCase "links are not followed" (fun () ->
        let folder = TestFolder.create "runstore"
        let other = TestFolder.create "elsewhere"
        WatchedRun.make other "secret" [] |> ignore
        Directory.CreateSymbolicLink(Path.Combine(folder, "link"), other) |> ignore
        let rows, _, _ = RunStore(folder, 100).RowsSince -1
        rows |> isEmpty)

    testCase "are read from where the last reading ended" (fun () ->
        let folder = TestFolder.create "runstore"
        let run = WatchedRun.make folder "run" []
        let follower = follow run
        let parts, cursors, detail, version = follower.Since(Map.empty, 0)
        steps parts "train" |> equals [| 150.0; 300.0 |]
        detail.Value.Tasks |> Map |> Map.find "eval" |> equals [ "reach-v3" ]
        detail.Value.Configuration |> Map |> Map.find "env.horizon" |> equals "150"
        let cosines = detail.Value.Conflicts.Head.Agreement.Cosines
        cosines[..1] |> equals [| 0.5; -0.25 |]
        cosines[2] |> isNaN

        // A line in progress is not read before its end.
        WatchedRun.append run [ WatchedRun.train 450 0.75 ]
        File.AppendAllText(Path.Combine(run, "metrics.jsonl"), """{"mode":"train","st""")
        let parts, cursors, detail, _ = follower.Since(cursors, version)
        steps parts "train" |> equals [| 450.0 |]
        detail |> equals None
        File.AppendAllText(Path.Combine(run, "metrics.jsonl"), "ep\":600,\"success\":1}\n")
        let parts, cursors, _, version = follower.Since(cursors, version)
        steps parts "train" |> equals [| 600.0 |]

        // What another follower has sent says nothing of this one.
        let parts, _, detail, _ = (follow run).Since(cursors, version)
        steps parts "train" |> hasLength 4
        detail.IsSome |> isTrue)

    testCase "are not sent again where nothing was added, also within a mean" (fun () ->
        let folder = TestFolder.create "runstore"
        let run = WatchedRun.make folder "run" []
        let follower = RunFollower(RunFolder run, 1, TimeSpan.Zero)
        WatchedRun.append run [ WatchedRun.train 450 0.75 ]
        let parts, cursors, _, version = follower.Since(Map.empty, 0)
        steps parts "train" |> equals [| 300.0; 450.0 |]
        let parts, cursors, _, version = follower.Since(cursors, version)
        parts |> isEmpty
        WatchedRun.append run [ WatchedRun.train 600 0.75 ]
        let parts, _, _, _ = follower.Since(cursors, version)
        steps parts "train" |> Array.last |> equals 600.0)

    testCase "a log that a resumed run cut is read again" (fun () ->
        let folder = TestFolder.create "runstore"
        let run = WatchedRun.make folder "run" []
        let follower = follow run
        let _, cursors, _, version = follower.Since(Map.empty, 0)
        let file = Path.Combine(run, "metrics.jsonl")
        let lines = File.ReadAllLines file
        File.WriteAllText(file, String.Join("\n", lines[..1]) + "\n")
        WatchedRun.append run [ for i in 1..20 -> WatchedRun.train (150 + i) 0.5 ]
        let parts, _, _, _ = follower.Since(cursors, version)
        let train = steps parts "train"
        train[0] |> equals 150.0
        train |> hasLength 21)

    testCase "lines that are no records are skipped" (fun () ->
        let folder = TestFolder.create "runstore"
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
        steps parts "train" |> equals [| 150.0; 300.0; 1.0; 450.0 |])

    testCase "a link in place of a log is refused" (fun () ->
        let folder = TestFolder.create "runstore"
        let run = WatchedRun.make folder "run" []
        let file = Path.Combine(run, "metrics.jsonl")
        File.Delete file
        File.CreateSymbolicLink(file, "/dev/zero") |> ignore
        (fun () -> (follow run).Since(Map.empty, 0)) |> isExplained "is a link"
        let rows, _, _ = RunStore(folder, 100).RowsSince -1
        rows.Head.Step |> isNaN)
]
