namespace MtrlFunctional.Reliability.Tests

open System
open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Cli.Results

/// The folder of a run that a stranger made: nothing in it is written through a link, and no name in it becomes a path.
[<TestFixture; NonParallelizable>]
module ``a folder from a stranger`` =
    /// A symbolic link is refused; a log with a second name, as after a backup by hard links, gets a copy of its own.
    [<Test>]
    let ``has no log that is written through a link`` ([<Values>] isSymbolic: bool) =
        use scratch = new FaultyChild.ScratchFolder "linked"
        let folder = scratch.Path

        let run = SmallRun.train folder []
        let log, outside = (RunFolder run).TrainLogFile, Path.Combine(folder, "outside.log")
        Directory.Delete((RunFolder run).Checkpoints.FolderOf 40L, true)
        let before = File.ReadAllText log
        File.Move(log, outside)

        if isSymbolic then
            File.CreateSymbolicLink(log, outside) |> ignore
        else
            Assert.That(SpecialFiles.link (outside, log), Is.Zero)

        let resume = Action(fun () -> SmallRun.finish run)

        if isSymbolic then
            let refused = Assert.Throws<MtrlException> resume
            Assert.That((nonNull refused).Message, Does.Contain "train.log: is a link")
        else
            resume.Invoke()

            Assert.That(File.ReadAllLines log, Has.Length.EqualTo(before.Split('\n').Length - 1))

        Assert.That(File.ReadAllText outside, Is.EqualTo before)

    [<Test>]
    let ``has no name of a part that is a path`` () =
        use scratch = new FaultyChild.ScratchFolder "part"
        let folder = scratch.Path

        let path = Path.Combine(folder, "conflicts.jsonl")

        let record part =
            $"{{\"part\":\"{part}\",\"step\":1,\"update\":1,\"lengths\":[1,1],\"cosines\":[0]}}\n"

        File.WriteAllText(path, record "critic")
        Assert.That(ConflictsLog.Read(path, 2), Has.Count.EqualTo 1)

        for part in [ "x/../../escaped"; ".."; ""; "a b"; String('a', 50) ] do
            File.WriteAllText(path, record "critic" + record part)

            let refused =
                Assert.Throws<MtrlException>(Action(fun () -> ConflictsLog.Read(path, 2) |> ignore))

            Assert.That((nonNull refused).Message, Does.Contain "line 2")

    [<TestCase("..", false);
      TestCase("../x", false);
      TestCase("a/../../b", false);
      TestCase("/tmp/x", false)>]
    [<TestCase("a//b", false);
      TestCase("a/./b", false);
      TestCase("a b", true);
      TestCase("a/b", true);
      TestCase("..a", true)>]
    let ``is no name of an experiment`` (name: string, isRight: bool) =
        let found = Experiment.resolve [ "env=metaworld-mt1"; $"setup.name='{name}'" ]

        match found with
        | Ok _ -> Assert.That isRight
        | Error mistakes ->
            Assert.That(isRight, Is.False)
            Assert.That(string mistakes.Head, Does.Contain "setup.name")

    /// A path with `..` in it is one like any other where the user gives it.
    [<Test>]
    let ``saves in a folder that is written with two dots`` () =
        use scratch = new FaultyChild.ScratchFolder "dots"
        let folder = scratch.Path

        SmallRun.train (Path.Combine(folder, "missing/../runs")) [ "experiment.num_train_steps=20" ]
        |> ignore

        Assert.That(Directory.Exists(Path.Combine(folder, "runs/small/seed-1/checkpoints/step-20")))

    [<Test>]
    let ``cannot begin markup in a report`` () =
        let hostile = "<script>alert(1)</script> [x](javascript:1) | `a` *b*\n# c & d"

        let escaped = Markdown.escape hostile

        Assert.That(
            escaped,
            Is.EqualTo
                "&lt;script&gt;alert(1)&lt;/script&gt; [x\\](javascript:1) \\| \\`a\\` \\*b\\* # c &amp; d"
        )
