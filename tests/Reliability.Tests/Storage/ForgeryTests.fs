module MtrlFunctional.Reliability.Tests.Storage.ForgeryTests

open Expecto
open System
open System.IO
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests

/// The folder of a run that a stranger made: nothing in it is written through a link, and no name in it becomes a path.
let ``a folder from a stranger`` = [
    let logElsewhere link check =
        let folder = TestFolder.inMemory "linked"
        let run = SmallRun.train folder []
        let log, outside = (RunFolder run).TrainLogFile, Path.Combine(folder, "outside.log")
        Directory.Delete((RunFolder run).Checkpoints.FolderOf 40L, true)
        let before = File.ReadAllText log
        File.Move(log, outside)
        link outside log
        check (fun () -> SmallRun.finish run)
        File.ReadAllText outside |> equals before
        before, log

    testCase "has no log that is written through a link" (fun () ->
        logElsewhere
            (fun outside log -> File.CreateSymbolicLink(log, outside) |> ignore)
            (isExplained "train.log: is a link")
        |> ignore)

    /// As after a backup by hard links.
    testCase "has a log of its own in place of one with a second name" (fun () ->
        let before, log =
            logElsewhere
                (fun outside log -> SpecialFiles.link (outside, log) |> equals 0)
                (fun resume -> resume ())

        File.ReadAllLines log |> hasLength (before.Split('\n').Length - 1))

    testCase "has no name of a part that is a path" (fun () ->
        let folder = TestFolder.inMemory "part"
        let path = Path.Combine(folder, "conflicts.jsonl")

        let record part =
            $"{{\"part\":\"{part}\",\"step\":1,\"update\":1,\"lengths\":[1,1],\"cosines\":[0]}}\n"

        File.WriteAllText(path, record "critic")
        ConflictsLog.Read(path, 2) |> hasLength 1

        for part in [ "x/../../escaped"; ".."; ""; "a b"; String('a', 50) ] do
            File.WriteAllText(path, record "critic" + record part)
            (fun () -> ConflictsLog.Read(path, 2)) |> isExplained "line 2")

    let named name =
        Experiment.resolve [ "env=metaworld-mt1"; $"setup.name='{name}'" ]

    testTheory "has no name that is a path elsewhere" [
        ".."
        "../x"
        "a/../../b"
        "/tmp/x"
        "a//b"
        "a/./b"
    ]
    <| fun name -> string (refused (named name)).Head |> contains "setup.name"

    testTheory "has any other name" [ "a b"; "a/b"; "..a" ]
    <| fun name -> named name |> ok |> ignore

    /// A path with `..` in it is one like any other where the user gives it.
    testCase "saves in a folder that is written with two dots" (fun () ->
        let folder = TestFolder.inMemory "dots"

        SmallRun.train (Path.Combine(folder, "missing/../runs")) [
            "experiment.num_train_steps=20"
        ]
        |> ignore

        Directory.Exists(Path.Combine(folder, "runs/small/seed-1/checkpoints/step-20"))
        |> isTrue)

    testCase "cannot begin markup in a report" (fun () ->
        Markdown.escape "<script>alert(1)</script> [x](javascript:1) | `a` *b*\n# c & d"
        |> equals
            "&lt;script&gt;alert(1)&lt;/script&gt; [x\\](javascript:1) \\| \\`a\\` \\*b\\* # c &amp; d")
]
