namespace MtrlFunctional.Cli.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Cli.Commands
open MtrlFunctional.Experiments

[<TestFixture>]
module ``mtrl config`` =
    let private care =
        "PYTHONPATH=. python3 -u main.py setup=metaworld env=metaworld-mt10 agent=state_sac \
agent.encoder.type_to_select=moe agent.encoder.moe.num_experts=4 \
agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention \
agent.multitask.should_use_task_encoder=True agent.transition_model.transition_cfg.type=deterministic"
            .Split
            ' '
        |> List.ofArray

    [<Test>]
    let ``prints YAML that reads back as the experiment`` () =
        let words = [ "env=metaworld-mt10"; "agent=state_sac"; "setup.seed=3" ]
        let printed = Capture.mtrl ("config" :: words)
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
        Assert.That(printed.Err, Is.Empty)

        Assert.That(
            (Experiment.load printed.Out = (Experiment.resolve words |> Result.map fst)),
            Is.True
        )

    [<Test>]
    let ``accepts a command as printed in a paper, and names what has no effect`` () =
        let printed = Capture.mtrl ("config" :: care)
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
        Assert.That(printed.Out, Does.Contain "type_to_select: moe")

        Assert.That(
            printed.Err,
            Does.Contain
                "warning: agent.transition_model.transition_cfg.type: has no effect with agent=state_sac."
        )

    [<TestCase("mtsac_metaworld_mt10.py --seed 3 --gpu 0", "preset=metaworld-plus/mt-sac-mt10")>]
    [<TestCase("mtppo_metaworld_mt10.py --n_tasks=500", "env.goal_selection=random")>]
    let ``refuses a command of garage's that has no preset with one message``
        (command: string)
        (part: string)
        =
        let printed = Capture.mtrl ("config" :: List.ofArray (command.Split ' '))
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "1 error;")
        Assert.That(printed.Err, Does.Contain part)

    [<Test>]
    let ``accepts a command of garage's examples`` () =
        let printed =
            Capture.mtrl [ "config"; "mtppo_metaworld_mt10.py"; "--epochs"; "5"; "--seed=3" ]

        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        let preset = Experiment.resolve [ "preset=garage/mtppo-mt10"; "setup.seed=3" ]
        let steps (e: Experiment) = e.Schedule.NumTrainSteps

        match Experiment.load printed.Out, preset with
        | Ok found, Ok(preset, _) ->
            Assert.That(100L * int64 (steps found), Is.EqualTo(int64 (steps preset)))
            Assert.That(found.Setup.SeedRef, Is.EqualTo 3)
        | found, _ -> Assert.Fail $"{found}"

    [<Test>]
    let ``remarks go to standard error`` () =
        let printed =
            Capture.mtrl [ "config"; "env=metaworld-mt10"; "logbook.write_to_console=true" ]

        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
        Assert.That(printed.Err, Does.StartWith "warning: logbook.write_to_console: has no effect")

    [<Test>]
    let ``reports all errors at once`` () =
        let printed =
            Capture.mtrl [
                "config"
                "env=metaworld-mt10"
                "agent.actr.x=1"
                "agent.builder.discount=2"
            ]

        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Out, Is.Empty)
        Assert.That(printed.Err, Does.StartWith "mtrl config: 2 errors; nothing was started.\n")

    [<TestCase("--keys", "# Configuration")>]
    [<TestCase("--differences", "# Differences")>]
    let ``prints the reference pages`` (option: string, title: string) =
        let printed = Capture.mtrl [ "config"; option ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
        Assert.That(printed.Out, Does.StartWith title)

[<TestFixture>]
module ``mtrl config --changed`` =
    [<Test>]
    let ``prints what words and presets decided, and nothing else`` () =
        let printed =
            Capture.mtrl [ "config"; "--changed"; "preset=fast/mt1"; "agent.ppo.clip=0.1" ]

        let values =
            printed.Out.Split '\n'
            |> Array.filter (fun line -> line.Contains '#' && not (line.EndsWith ':'))

        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        Assert.That(printed.Out, Does.Match @"clip: 0.1 +# command line")
        Assert.That(printed.Out, Does.Match @"hidden_dim: 64 +# preset fast/mt1")
        Assert.That(values, Has.All.Matches<string>(fun line -> not (line.EndsWith "default")))
        Assert.That(values.Length, Is.LessThan 40)

[<TestFixture>]
module ``an option that is an override`` =
    [<TestCase("train env=metaworld-mt10 --seed 3", "--seed: no such option. Write setup.seed=3.")>]
    [<TestCase("config env=metaworld-mt10 agent=mtppo --clip-range=0.1",
               "--clip-range=0.1: no such option. Write agent.ppo.clip=0.1.")>]
    [<TestCase("train env=metaworld-mt10 --precison fp64",
               "--precison: no such option. Nearest: --precision.")>]
    [<TestCase("eval runs/none --seed 3", "--seed: no such option.")>]
    let ``is named as one`` (words: string) (message: string) =
        let printed = Capture.mtrl (List.ofArray (words.Split ' '))
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain message)

[<TestFixture>]
module ``an option`` =
    [<Test>]
    let ``is given once`` () =
        Capture.refused
            [ "eval"; "runs/none"; "--episodes"; "1"; "--episodes=2" ]
            "--episodes: is given more than once."

[<TestFixture>]
module ``mtrl list`` =
    let private list isTerminal words =
        Capture.run (fun () -> (ListCommand.command isTerminal).Run words)

    [<TestCase("tasks", "reach-v3 ")>]
    [<TestCase("envs", "metaworld-mt10 ")>]
    [<TestCase("agents", "state_sac ")>]
    [<TestCase("presets", "fast/mt10 ")>]
    let ``prints a line for each`` (topic: string, part: string) =
        let printed = list false [ topic ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
        Assert.That(printed.Out, Does.Contain part)
        Assert.That(printed.Out, Does.Not.Contain "│")

    [<Test>]
    let ``all tasks of Meta-World, ten of them first, then those of DeepMind Control`` () =
        let lines = (list false [ "tasks" ]).Out.TrimEnd().Split '\n'
        Assert.That(lines, Has.Length.EqualTo(1 + 50 + 19))
        Assert.That(lines[0], Does.Match "^task +MT10  MT50  objective$")
        Assert.That(lines[10], Does.StartWith "window-close-v3")
        Assert.That(lines[51], Does.Match "^acrobot-swingup +-     -     \w+")
        Assert.That(lines[1..] |> Array.forall (fun line -> line.EndsWith '.'))

    [<Test>]
    let ``without a topic prints the topics`` () =
        let printed = list false []
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
        Assert.That(printed.Out, Does.Contain "mtrl list presets  ")

    [<Test>]
    let ``suggests the nearest topic`` () =
        let printed = list false [ "taks" ]
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "taks: no such list. Nearest: tasks.")

[<TestFixture>]
module ``mtrl config --network`` =
    let private care = [
        "env=metaworld-mt10"
        "agent=state_sac"
        "agent.encoder.type_to_select=moe"
        "agent.encoder.moe.num_experts=4"
        "agent.encoder.moe.task_id_to_encoder_id_cfg.mode=attention"
        "agent.multitask.should_use_task_encoder=True"
    ]

    let private network = [ "config"; "--network"; "env=metaworld-mt10"; "agent=state_sac" ]

    [<Test>]
    let ``draws the network and lists its parameters`` () =
        let printed =
            Capture.mtrl (network @ [ "agent.multitask.should_use_pal=True"; "fidelity=original" ])

        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
        Assert.That(printed.Out, Does.Contain "actor: encoding of 39")

        Assert.That(
            printed.Out,
            Does.Contain
                "39 → 326 → 326 → 326 → 8, branch of rank 50 for each of 10 tasks, shared projections, no residual"
        )

        let lines = printed.Out.Replace(" ", "").Split '\n'
        // Without an encoder the first projection would cost more than it saves.
        Assert.That(lines, Does.Contain "critic/q1/projected/0/task/weight10×43×5021,500")
        Assert.That(lines, Does.Contain "critic/q1/projected/1/task/weight10×50×5025,000")

    [<Test>]
    let ``draws it as SVG`` () =
        let file = System.IO.Path.GetTempFileName()

        try
            let printed = Capture.mtrl ("config" :: "--svg" :: file :: care)
            Assert.That(printed.Exit, Is.EqualTo ExitCode.Done)
            Assert.That(printed.Out, Is.EqualTo(file + "\n"))
            let drawn = System.Xml.Linq.XDocument.Load file
            let texts = drawn.Descendants() |> Seq.map _.Value |> String.concat " "
            Assert.That(texts, Does.Contain "4 experts 39 → 50 → 50")
            Assert.That(texts, Does.Contain "critic (two)")
        finally
            System.IO.File.Delete file

    [<Test>]
    let ``prints the path of the SVG and the warnings of plain config`` () =
        let file = System.IO.Path.GetTempFileName()

        try
            let printed =
                Capture.mtrl (network @ [ "--svg"; file; "logbook.write_to_console=true" ])

            Assert.That(printed.Out, Does.Contain "actor: encoding of")
            Assert.That(printed.Out, Does.EndWith $"\n{file}\n")
            Assert.That(printed.Err, Does.StartWith "warning: logbook.write_to_console:")
        finally
            System.IO.File.Delete file

    [<Test>]
    let ``prints one thing at a time`` () =
        let printed = Capture.mtrl (network @ [ "--keys" ])
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "--keys and --network: exclude each other")

    [<Test>]
    let ``rejects a network that cannot be trained`` () =
        let printed = Capture.mtrl (network @ [ "agent.encoder.type_to_select=pixel" ])
        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "agent.encoder.")
