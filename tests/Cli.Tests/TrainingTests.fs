namespace MtrlFunctional.Cli.Tests

open System.IO
open System.Text.Json
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Rendering
open MtrlFunctional.Training
open MtrlFunctional.Cli.Show

/// One small run for all tests of this fixture: MT1 reach, two short episodes.
[<TestFixture; NonParallelizable>]
type ``a small run from the command line``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-train-").FullName
    let runFolder = Path.Combine(folder, "tiny", "seed-1")
    let file name = Path.Combine(runFolder, name)

    let words = SmallRun.reach folder "tiny"

    let mutable trained: Capture.Printed = { Exit = -1; Out = ""; Err = "" }

    [<OneTimeSetUp>]
    member _.Train() =
        trained <- Capture.mtrl ("train" :: words @ [ "--paper-lines" ])

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``prints the papers' lines, a table, and where the report is``() =
        Assert.That(trained.Exit, Is.EqualTo ExitCode.Done, trained.Err)
        Assert.That(trained.Out, Does.Contain "| train | E: ")
        Assert.That(trained.Out, Does.Match @"reach-v3 +\d+ % +\d+ %")
        Assert.That(trained.Out, Does.Contain $"""Report: {file "report.html"}""")

    [<TestCase "config.yaml">]
    [<TestCase "train.log">]
    [<TestCase "metrics.jsonl">]
    [<TestCase "report.html">]
    [<TestCase "report.md">]
    [<TestCase "curves.svg">]
    [<TestCase "checkpoints/step-40/manifest.json">]
    member _.``leaves``(name: string) =
        Assert.That(File.Exists(file name), name)

    [<Test>]
    member _.``can be evaluated``() =
        let json = file "evaluation.json"
        let printed = Capture.mtrl [ "eval"; runFolder; "--episodes"; "2"; "--json"; json ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        Assert.That(printed.Out, Does.Match @"reach-v3 +\d+ % +\d+ %")
        Assert.That(File.ReadAllText json, Does.Contain "\"successEver\"")

    [<Test>]
    member _.``is compared with the scripted expert and with random actions under its protocol``() =
        let evaluate actor more =
            Capture.mtrl ([ "eval"; runFolder; "--actor"; actor; "--horizon"; "150" ] @ more)

        let expert = evaluate "expert" [ "--all-goals" ]
        Assert.That(expert.Exit, Is.EqualTo ExitCode.Done, expert.Err)
        Assert.That(expert.Out, Does.StartWith "evaluation of the scripted experts: ")
        Assert.That(expert.Out, Does.Match @"reach-v3 +100 % +100 %")

        let json = file "random.json"
        let random = evaluate "random" [ "--goals"; "unseen:2"; "--json"; json ]
        Assert.That(random.Exit, Is.EqualTo ExitCode.Done, random.Err)
        Assert.That(random.Out, Does.StartWith "evaluation of uniformly random actions: ")
        Assert.That(File.ReadAllText json, Does.Contain "\"actor\": \"random\"")
        Assert.That((evaluate "random" [ "--goals"; "unseen:2" ]).Out, Is.EqualTo random.Out)

        let misspelt = evaluate "exprt" []
        Assert.That(misspelt.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(misspelt.Err, Does.Contain "trained, expert, random. Nearest: expert.")
        let adapted = evaluate "expert" [ "--adapt"; "finetune"; "--shots"; "1" ]
        Assert.That(adapted.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(adapted.Err, Does.Contain "--actor expert and --adapt: ")

    [<Test>]
    member _.``has no task encodings to infer, and the message names agents that have``() =
        let printed = Capture.mtrl [ "eval"; runFolder; "--infer-theta"; "3" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "agent=hipbmdp")

        for wrong in [ "0"; "1000001" ] do
            let refused = Capture.mtrl [ "eval"; runFolder; "--infer-theta"; wrong ]
            Assert.That(refused.Exit, Is.EqualTo ExitCode.WrongInput)
            Assert.That(refused.Err, Does.Contain "must be from 1 to 1,000,000 transitions")

    [<Test>]
    member _.``what is shown of it is what is evaluated``() =
        let json = file "one.json"
        let printed = Capture.mtrl [ "eval"; runFolder; "--episodes"; "1"; "--json"; json ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        use evaluation = JsonDocument.Parse(File.ReadAllText json)
        let task = evaluation.RootElement.GetProperty("tasks").[0]
        use rollout = Rollout.OfRun runFolder
        Assert.That(rollout.Actor, Is.EqualTo $"{runFolder}, step 40")
        let ends = Play.episode rollout 0 ignore

        Assert.That(ends[0].Return, Is.EqualTo(task.GetProperty("return").GetDouble()).Within(1e-3))

        // The same episode again gives the same bits.
        Assert.That((Play.episode rollout 0 ignore = ends))

    [<Test>]
    member _.``can be filmed``() =
        let film = file "run.gif"
        let printed = Capture.mtrl [ "video"; runFolder; "--out"; film; "--size"; "48x36" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        Assert.That(printed.Out, Does.Contain "step 40, 1 task")
        // Every second of 20 steps.
        Assert.That(printed.Out, Does.Contain "run.gif: 10 frames")

    [<Test>]
    member _.``a finished run resumes to its end at once``() =
        let printed = Capture.mtrl [ "resume"; runFolder; "--plain" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        Assert.That(printed.Out, Does.Contain "done: 40 steps.")

    [<Test>]
    member _.``resuming takes no overrides, and says so``() =
        let word = "agent.actor.hidden_dim=9"
        let printed = Capture.mtrl [ "resume"; runFolder; word ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain $"{word}: a resumed run keeps its configuration")

    [<TestCase("experiment.num_train_steps=20", "was started with 40 steps")>]
    [<TestCase("experiment.num_train_steps=many", "must be a whole number")>]
    [<TestCase("setup.threads=0", "must be a whole number from 1 to 1,024")>]
    member _.``resuming with a number that cannot be is refused``(word: string, message: string) =
        let printed = Capture.mtrl [ "resume"; runFolder; word ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain message)

    [<Test>]
    member _.``resuming with a key twice is refused``() =
        let printed =
            Capture.mtrl [ "resume"; runFolder; "setup.threads=1"; "setup.threads=2" ]

        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "setup.threads: is given more than once")

    [<Test>]
    member _.``another configuration does not overwrite it``() =
        let before = File.ReadAllText(file "config.yaml")

        let printed =
            Capture.mtrl ("train" :: words @ [ "agent.actor.hidden_dim=9"; "--plain" ])

        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain runFolder)

        Assert.That(
            printed.Err,
            Does.Contain "(step 40): agent.actor.hidden_dim is 8 there and 9 here; "
        )

        Assert.That(File.ReadAllText(file "config.yaml"), Is.EqualTo before)

    /// Updates that give NaN at once.
    member private _.Diverging name saveFreq =
        let printed =
            Capture.mtrl (
                "train" :: SmallRun.reach (Path.Combine(folder, "with space")) name
                @ [
                    $"experiment.save_freq={saveFreq}"
                    "agent.optimizers.critic.lr=1e30"
                    "--plain"
                ]
            )

        Assert.That(printed.Exit, Is.EqualTo ExitCode.Stopped)
        printed.Err

    [<Test>]
    member this.``a failure before the first checkpoint advises what is possible``() =
        let said: string = this.Diverging "early" 1000
        Assert.That(said, Does.Contain "No checkpoint was saved before")
        Assert.That(said, Does.Contain "here 1,000 steps")
        Assert.That(said, Does.Not.Contain "mtrl resume")

    [<Test>]
    member this.``a failure later names the command that continues, quoted for the shell``() =
        let run = Path.Combine(folder, "with space", "late", "seed-1")
        Assert.That(this.Diverging "late" 20, Does.Contain $"./mtrl resume '{run}'")

        Capture.refused
            ("train" :: SmallRun.reach (Path.Combine(folder, "with space")) "late"
             @ [ "experiment.save_freq=20"; "agent.actor.hidden_dim=9"; "--plain" ])
            $"go on with it by mtrl resume '{run}', or remove the folder"

    [<TestCase("export", "--onnx")>]
    [<TestCase("report", "--out")>]
    [<TestCase("conflicts", "--out")>]
    [<TestCase("eval", "--json")>]
    [<TestCase("video", "--out")>]
    member _.``no command writes to an empty name``(command: string, option: string) =
        Capture.refused [ command; runFolder; option; "" ] $"{option} '': is empty"

    [<TestCase("export", "--onnx", "x.onnx")>]
    [<TestCase("report", "--out", "x")>]
    [<TestCase("eval", "--json", "x.json")>]
    [<TestCase("video", "--out", "x.gif")>]
    member _.``what cannot be written is wrong input``
        (command: string, option: string, name: string)
        =
        // A folder in which nobody makes files.
        let target = $"/proc/{name}"
        Capture.refused [ command; runFolder; option; target ] target

    [<Test>]
    member _.``a report at a step is written in its folder``() =
        let out = Capture.finished [ "report"; runFolder; "--at"; "20" ]
        Assert.That(out, Does.Contain(Path.Combine(runFolder, "at-step-20", "report.html")))

    [<Test>]
    member _.``a start that does not fit leaves no folder``() =
        let base' = Path.Combine(folder, "refused")

        Capture.refused
            ("train" :: SmallRun.reach base' "deep/other"
             @ [ $"agent.start={runFolder}"; "agent.actor.hidden_dim=9"; "--plain" ])
            "agent.start="

        Assert.That(Directory.Exists base', Is.False)

[<TestFixture>]
module ``wrong words`` =
    [<Test>]
    let ``all errors are reported at once, with the nearest names`` () =
        let said =
            Capture.refusal [
                "train"
                "env=metaworld-mt10"
                "agent=state_sca"
                "replay_buffer.batch_siez=3"
            ]

        Assert.That(said, Does.Contain "2 errors; nothing was started.")
        Assert.That(said, Does.Contain "state_sac")
        Assert.That(said, Does.Contain "replay_buffer.batch_size")

    [<Test>]
    let ``a run that is not there is named`` () =
        for command in [ "resume"; "eval"; "report" ] do
            Assert.That(
                Capture.refusal [ command; "nowhere/seed-1" ],
                Does.Contain "nowhere/seed-1"
            )

    [<Test>]
    let ``the papers' launcher words are dropped`` () =
        for options in [ []; [ "--plain" ]; [ "--precision"; "bf16" ] ] do
            let said =
                Capture.refusal (
                    [ "train" ]
                    @ options
                    @ [ "PYTHONPATH=."; "python3"; "-u"; "main.py"; "env=mt-none" ]
                )

            Assert.That(said, Does.StartWith "mtrl train: 1 error;")
            Assert.That(said, Does.Contain "env = mt-none")

/// A run of a meta-learning benchmark: it trains on some tasks and tests on others.
[<TestFixture; NonParallelizable>]
module ``a small meta-learning run`` =
    [<Test>]
    let ``trains on one part of the tasks and tests on the other`` () =
        let folder = Directory.CreateTempSubdirectory("mtrl-meta-").FullName

        try
            let trained =
                Capture.mtrl [
                    "train"
                    "env=metaworld-ml10"
                    "agent=state_sac"
                    "setup.name=meta"
                    "setup.seed=1"
                    $"setup.base_path={folder}"
                    "setup.threads=1"
                    "env.horizon=5"
                    "env.tasks=[reach, push]"
                    "experiment.num_train_steps=10"
                    "experiment.init_steps=5"
                    "experiment.eval_freq=5"
                    "experiment.num_eval_episodes=1"
                    "replay_buffer.batch_size=8"
                    "replay_buffer.capacity=1000"
                    "agent.actor.hidden_dim=8"
                    "--plain"
                ]

            Assert.That(trained.Exit, Is.EqualTo ExitCode.Done, trained.Err)
            let run = Path.Combine(folder, "meta", "seed-1")
            let evaluated = Capture.mtrl [ "eval"; run ]

            for task in [ "drawer-open"; "door-close"; "shelf-place"; "sweep-into"; "lever-pull" ] do
                Assert.That(evaluated.Out, Does.Contain $"{task}-v3")

            Assert.That(evaluated.Out, Does.Not.Contain "push-v3")
            let report = File.ReadAllText(Path.Combine(run, "report.md"))
            Assert.That(report, Does.Match @"\| push-v3 \| – \| – \| – \| 0 % \|")
            Assert.That(report, Does.Match @"\| lever-pull-v3 \| 0 % \| 0 % \| [\d.]+ \| – \|")
        finally
            Directory.Delete(folder, true)
