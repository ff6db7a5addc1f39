namespace MtrlFunctional.Cli.Tests

open System.IO
open System.Text.RegularExpressions
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Tests.Child
open MtrlFunctional.Experiments
open MtrlFunctional.Cli.Training
open MtrlFunctional.Tests

/// The scripts and the samples, run as the README prints them, in a folder of their own. The samples are
/// built with the solution.
[<TestFixture; NonParallelizable>]
module ``programs on the facade`` =
    /// Runs `dotnet …` in the root of the repository.
    let private dotnet (arguments: string list) =
        ChildProcess.executeIn Repository.root "dotnet" arguments []

    let private inFolder body =
        let folder = Directory.CreateTempSubdirectory "mtrl-programs-"

        try
            body $"setup.base_path={folder.FullName}"
        finally
            folder.Delete(recursive = true)

    /// Words that end a training early.
    let private short = [
        "env.horizon=20"
        "agent.on_policy.episode_length=20"
        "agent.on_policy.batch_size=80"
        "agent.on_policy.minibatch_size=40"
        "experiment.num_train_steps=80"
        "experiment.eval_freq=40"
        "experiment.num_eval_episodes=1"
    ]

    [<Test>]
    let ``the script trains reach`` () =
        inFolder (fun place ->
            let code, out, err = dotnet ([ "fsi"; "scripts/train-reach.fsx"; place ] @ short)
            Assert.That(code, Is.EqualTo 0, out + err)
            Assert.That(out, Does.Contain "evaluation after step 80: success ")

            Assert.That(
                out,
                Does.Match @"done: 80 steps\. Report: .*/train-reach/seed-1/report\.html"
            ))

    /// The others train by the same functions, as the next test says.
    [<Test>]
    let ``a script names a wrong word, without a stack trace`` () =
        let script = "scripts/examples/own-surgery.fsx"
        let code, _, err = dotnet [ "fsi"; script; "agent.actor.hiden_dim=1" ]
        Assert.That(code, Is.EqualTo 2)
        Assert.That(err, Does.Contain "agent.actor.hidden_dim")
        Assert.That(err, Does.Not.Contain "   at ")

    [<Test>]
    let ``each example tells mistakes so`` () =
        let scripts = Path.Combine(Repository.root, "scripts")

        for file in
            Path.Combine(scripts, "train-reach.fsx")
            :: List.ofArray (Directory.GetFiles(Path.Combine(scripts, "examples"), "*.fsx")) do
            Assert.That(File.ReadAllText file, Does.Match @"\n(\|> )?Run\.train\w* ?", file)

    let private examples = [
        "own-surgery"
        "own-network"
        "own-module"
        "own-task"
        "early-stopping"
    ]

    let private exampleOf name =
        Path.Combine(Repository.root, "scripts", "examples", $"{name}.fsx")

    /// In one process, because most of the time passes before the first of them runs.
    [<Test>]
    let ``the examples of own parts train`` () =
        inFolder (fun place ->
            let folder = place.Substring(place.IndexOf '=' + 1)
            let all = Path.Combine(folder, "all.fsx")

            File.WriteAllLines(
                all,
                [
                    for name in examples do
                        $"#load @\"{exampleOf name}\""
                ]
            )

            let code, out, err =
                dotnet [
                    "fsi"
                    all
                    place
                    "env.horizon=40"
                    "agent.on_policy.episode_length=40"
                    "agent.on_policy.batch_size=80"
                    "agent.on_policy.minibatch_size=40"
                    "experiment.num_train_steps=160"
                    "experiment.eval_freq=40"
                    "experiment.num_eval_episodes=1"
                ]

            Assert.That(code, Is.EqualTo 0, out + err)
            Assert.That(out, Does.Match @"agreement +1 of 1 +160 ")
            Assert.That(out, Does.Match @"PCGrad +1 of 1 +160 ")

            for name, steps in
                [ "own-network", 160; "own-module", 40; "own-module", 160; "own-task", 160 ] do
                Assert.That(out, Does.Contain $"done: {steps} steps. Report: {folder}/{name}/")

            Assert.That(out, Does.Match $"done: \\d+ steps\\. Report: {folder}/early-stopping/"))

    /// Whether no process holds a run.
    let private isFree (run: string) =
        try
            (RunLock.Take run).Dispose()
            true
        with :? MtrlException ->
            false

    /// Two rows, two seeds, two tasks; each run a second or two.
    let private words folder = [
        "env.tasks=[reach-v3,push-v3]"
        $"setup.base_path={folder}"
        "setup.num_seeds=2"
        "setup.threads=1"
        "env.horizon=20"
        "experiment.num_train_steps=60"
        "experiment.init_steps=20"
        "experiment.eval_freq=60"
        "experiment.save_freq=20"
        "experiment.num_eval_episodes=1"
        "replay_buffer.batch_size=20"
        "replay_buffer.capacity=4000"
        "agent.actor.hidden_dim=8"
    ]

    /// The table of the script, in this process.
    let private table folder =
        Capture.run (fun () ->
            PaperTable.run
                {
                    Name = "ptsl-projection"
                    Title = "PTSL, projections, MT10"
                    Rows = [
                        "independent", Experiment.published "ptsl/projection-independent-mt10"
                        "shared", Experiment.published "ptsl/projection-shared-mt10"
                    ]
                }
                (words folder))

    [<Test>]
    let ``a table that was killed goes on where it stopped, to the same numbers`` () =
        let folder = Directory.CreateTempSubdirectory("mtrl-tables-").FullName

        let place name = Path.Combine(folder, name)

        let text name =
            File.ReadAllText(Path.Combine(place name, "ptsl-projection", "table.txt"))

        try
            let whole = table (place "whole")
            Assert.That(whole.Exit, Is.EqualTo 0, whole.Err)
            Assert.That(whole.Out, Does.Contain "4 of 4 runs finished.")

            let second =
                RunFolder(Path.Combine(place "killed", "ptsl-projection-shared-mt10", "seed-1"))

            let script = "fsi" :: "scripts/ptsl-projection.fsx" :: words (place "killed")

            using (ChildProcess.startIn Repository.root "dotnet" script) (fun running ->
                ChildProcess.awaitCheckpoint running second.Path 0L
                running.Kill true
                running.WaitForExit())

            // Its children may outlive it by a moment, and hold the run's folder.
            Waiting.Until($"{second.Path} is free", fun () -> isFree second.Path)

            Assert.That(text "killed", Does.Match @"independent +1 of 2 +60 ")
            let completed = table (place "killed")
            Assert.That(completed.Exit, Is.EqualTo 0, completed.Err)

            Assert.That(
                completed.Err,
                Does.Match @"ptsl-projection-shared-mt10/seed-1: continues at step \d+"
            )

            Assert.That(completed.Err, Does.Not.Contain "independent-mt10/seed-1: continues")
            Assert.That(text "killed", Is.EqualTo(text "whole"))
        finally
            Directory.Delete(folder, true)

    [<Test>]
    let ``each script of a table names its rows`` () =
        let scripts =
            Directory.GetFiles(Path.Combine(Repository.root, "scripts"), "*.fsx")
            |> Array.filter (fun file ->
                let text = File.ReadAllText file
                text.Contains "Run.trainAll" || text.Contains "Run.record")

        Assert.That(scripts.Length, Is.EqualTo 15)

        for script in scripts do
            let text = File.ReadAllText script
            let name = Path.GetFileNameWithoutExtension script
            Assert.That(text, Does.Match $"(Run\\.trainAll|Name =)\\s+\"{name}\"")
            Assert.That(text, Does.Contain $"dotnet fsi scripts/{name}.fsx")

            for preset in Regex.Matches(text, "(?:published|preset|Preset =) \"([^\"]+)\"") do
                let known = Presets.all |> List.map _.Name
                Assert.That(known, Does.Contain preset.Groups[1].Value, name)

    /// Those that take long, or write into the repository.
    [<Test>]
    let ``scripts that are not run here compile`` () =
        inFolder (fun place ->
            let all = Path.Combine(place.Substring(place.IndexOf '=' + 1), "all.fsx")

            File.WriteAllLines(
                all,
                [
                    for name in
                        [ "acrobot-bound"; "reconstructions"; "replay-compression"; "ship-policy" ] do
                        let script = Path.Combine(Repository.root, "scripts", $"{name}.fsx")
                        $"#load @\"{script}\""
                ]
            )

            let code, out, err = dotnet [ "fsi"; "--typecheck-only"; all ]
            Assert.That(code, Is.EqualTo 0, out + err))

    [<Test>]
    let ``the sample trains and evaluates two tasks`` () =
        inFolder (fun place ->
            let code, out, err =
                dotnet (
                    [
                        "run"
                        "--no-build"
                        "--project"
                        "samples/QuickStart"
                        "-c"
                        "Release"
                        "--"
                        place
                    ]
                    @ short
                )

            Assert.That(code, Is.EqualTo 0, out + err)
            Assert.That(out, Does.Match @"reach-v3 +success +\d+ ?%")
            Assert.That(out, Does.Match @"drawer-close-v3 +success +\d+ ?%"))

    [<TestCase("", "reach-v3 +\\d+ +\\d", 10)>]
    [<TestCase("MT10 random 20", "reach-v3 +[-\\d]+ +\\d", 10)>]
    let ``the sample of environments steps a benchmark``
        (words: string)
        (row: string)
        (count: int)
        =
        let printed = [ "run"; "--no-build"; "--project"; "samples/Environments"; "-c"; "Release" ]

        let code, out, err =
            dotnet (
                if words = "" then
                    printed
                else
                    printed @ "--" :: List.ofArray (words.Split ' ')
            )

        Assert.That(code, Is.EqualTo 0, out + err)
        Assert.That(out, Does.Match row)
        Assert.That(out, Does.Match $@"\d+ of {count} succeeded; [\d,]+ environment steps a second")
