namespace MtrlFunctional.Reliability.Tests

open System
open System.Diagnostics
open System.IO
open System.Threading.Tasks
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Training
open MtrlFunctional.Cli.Results

/// The folder of a run that a stranger made: commands end with a result or a message, write nothing outside, and hang on
/// nothing.
[<TestFixture; NonParallelizable>]
module ``a folder from a stranger`` =
    /// What one can do with a folder. A report and the last two, which build networks, are not made of each.
    let private uses: (string * (string -> unit)) list = [
        "report", (fun run -> ReportFiles.writeReport None run |> ignore)
        "conflicts", (fun run -> ConflictsLog.Read((RunFolder run).ConflictsFile, 1) |> ignore)
        "newest", (fun run -> (RunFolder run).Checkpoints.Latest() |> ignore)
        "claim", (fun run -> (RunFolder run).Claim().Dispose())
        "eval", (fun run -> RunEvaluation.Evaluate(run, EvaluationOptions(Episodes = 1)) |> ignore)
        "resume", (fun run -> (TrainingRun.Resume run).Dispose())
    ]

    let private contents folder = [
        for file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories) |> Array.sort ->
            file, File.ReadAllText file
    ]

    let private processorSeconds () =
        use self = Process.GetCurrentProcess()
        self.TotalProcessorTime.TotalSeconds

    /// Seconds of processor time; in the short form some of them compile methods.
    let private limit = if Soak.isLong then 1.0 else 3.0

    /// Seconds of processor time; fails on any error that is no message. A use that waits for ever takes none: it fails
    /// after a minute on the clock.
    let private attempt (what: string) (run: string) act =
        let before = processorSeconds ()

        let task =
            Task.Run(fun () ->
                try
                    act run
                with :? MtrlException ->
                    ())

        let ended =
            try
                task.Wait(TimeSpan.FromMinutes 1.0)
            with :? AggregateException as e ->
                Assert.Fail $"{what}: {e.InnerException}"
                true

        let seconds = processorSeconds () - before
        Assert.That(ended, Is.True, $"{what}: hangs, after {seconds:N1} s of processor time")
        Assert.That(seconds, Is.LessThan limit, what)
        seconds

    [<Test>]
    let ``gives messages, and nothing outside is written`` () =
        let folder = FaultyChild.newFolder "forged"

        try
            let run = SmallRun.train folder []
            let outside = Path.Combine(folder, "outside")
            Directory.CreateDirectory outside |> ignore
            File.WriteAllText(Path.Combine(outside, "secret"), "kept")
            let before = contents outside
            let forged = Path.Combine(folder, "cases/forged")
            let cases = Soak.count 40 10_000
            let mutable slowest = 0.0
            // The first use of each kind compiles its methods.
            SmallRun.copy run forged

            for _, act in uses do
                act forged

            for case in 1..cases do
                SmallRun.copy run forged
                Forgery.forge forged outside (Random case)

                let isDue (i, _) =
                    match i with
                    | 0 -> case % 10 = 0
                    | 1
                    | 2
                    | 3 -> true
                    | _ -> case % 20 = 0

                let all = uses |> List.indexed |> List.filter isDue |> List.map snd

                for name, act in all do
                    slowest <- max slowest (attempt $"case {case}, {name}" forged act)

                Assert.That(contents outside, Is.EqualTo(box before), $"case {case}")
                Soak.progress case cases

            let others =
                Directory.GetFileSystemEntries folder
                |> Array.map Path.GetFileName
                |> Array.sort

            Assert.That(others, Is.EqualTo(box [| "cases"; "outside"; "small" |]))

            Assert.That(
                Directory.GetFileSystemEntries(Path.Combine(folder, "cases")).Length,
                Is.EqualTo 1
            )

            Soak.report
                $"{cases} forged folders: messages only, at most {slowest:N2} s of processor time"
        finally
            Directory.Delete(folder, true)

    /// A symbolic link is refused; a log with a second name, as after a backup by hard links, gets a copy of its own.
    [<Test>]
    let ``has no log that is written through a link`` ([<Values>] isSymbolic: bool) =
        let folder = FaultyChild.newFolder "linked"

        try
            let run = SmallRun.train folder []
            let log, outside = (RunFolder run).TrainLogFile, Path.Combine(folder, "outside.log")
            Directory.Delete((RunFolder run).Checkpoints.FolderOf 40L, true)
            let before = File.ReadAllText log
            File.Move(log, outside)

            if isSymbolic then
                File.CreateSymbolicLink(log, outside) |> ignore
            else
                Assert.That(Forgery.link (outside, log), Is.Zero)

            let resume = Action(fun () -> SmallRun.finish run)

            if isSymbolic then
                let refused = Assert.Throws<MtrlException> resume
                Assert.That((nonNull refused).Message, Does.Contain "train.log: is a link")
            else
                resume.Invoke()

                Assert.That(
                    File.ReadAllLines log,
                    Has.Length.EqualTo(before.Split('\n').Length - 1)
                )

            Assert.That(File.ReadAllText outside, Is.EqualTo before)
        finally
            Directory.Delete(folder, true)

    [<Test>]
    let ``has no name of a part that is a path`` () =
        let folder = FaultyChild.newFolder "part"

        try
            let path = Path.Combine(folder, "conflicts.jsonl")

            let record part =
                $"{{\"part\":\"{part}\",\"step\":1,\"update\":1,\"lengths\":[1,1],\"cosines\":[0]}}\n"

            File.WriteAllText(path, record "critic")
            Assert.That(ConflictsLog.Read(path, 2), Has.Count.EqualTo 1)

            for part in [ "x/../../escaped"; ".."; ""; "a b"; String('a', 50) ] do
                File.WriteAllText(path, record "critic" + record part)

                let refused =
                    Assert.Throws<MtrlException>(
                        Action(fun () -> ConflictsLog.Read(path, 2) |> ignore)
                    )

                Assert.That((nonNull refused).Message, Does.Contain "line 2")
        finally
            Directory.Delete(folder, true)

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
        let folder = FaultyChild.newFolder "dots"

        try
            SmallRun.train (Path.Combine(folder, "missing/../runs")) [
                "experiment.num_train_steps=20"
            ]
            |> ignore

            Assert.That(
                Directory.Exists(Path.Combine(folder, "runs/small/seed-1/checkpoints/step-20"))
            )
        finally
            Directory.Delete(folder, true)

    [<Test>]
    let ``cannot begin markup in a report`` () =
        let hostile = "<script>alert(1)</script> [x](javascript:1) | `a` *b*\n# c & d"

        let escaped = Markdown.escape hostile

        Assert.That(
            escaped,
            Is.EqualTo
                "&lt;script&gt;alert(1)&lt;/script&gt; [x\\](javascript:1) \\| \\`a\\` \\*b\\* # c &amp; d"
        )
