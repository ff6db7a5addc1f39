namespace MtrlFunctional.Cli.Tests

open System.IO
open System.Text.Json
open System.Text.RegularExpressions
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Tests

/// Small runs on a classic family, by the commands of docs/guides/mtenv.md.
[<TestFixture; NonParallelizable>]
type ``a small run of a classic family``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-classic-").FullName
    let run name = Path.Combine(folder, name, "seed-1")

    let small = [
        $"setup.base_path={folder}"
        "setup.threads=1"
        "env.horizon=20"
        "experiment.num_train_steps=160"
        "experiment.save_freq=40"
        "experiment.save.model.retain_last_n=-1"
        "experiment.eval_freq=80"
        "experiment.num_eval_episodes=2"
        "--plain"
    ]

    let ofReplay = [
        "replay_buffer.batch_size=16"
        "replay_buffer.capacity=1000"
        "experiment.init_steps=40"
    ]

    let sizesOf agent =
        match agent with
        | "agent=cadm" ->
            ofReplay
            @ [
                "agent.cadm.units=8"
                "agent.cadm.candidates=20"
                "agent.cadm.horizon=5"
                "agent.cadm.history=4"
                "agent.cadm.future=3"
            ]
        | "agent=state_sac" -> "agent.actor.hidden_dim=8" :: ofReplay
        | "agent=maml" -> [ "agent.actor.hidden_dim=8" ]
        | _ -> [
            "agent.actor.hidden_dim=8"
            "agent.on_policy.batch_size=40"
            "agent.on_policy.minibatch_size=20"
          ]

    let train words =
        let agent = words |> List.find (fun (word: string) -> word.StartsWith "agent=")

        let printed =
            Capture.mtrl ([ "train" ] @ words @ [ "setup.seed=1" ] @ small @ sizesOf agent)

        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        printed.Out

    let mtrl words =
        let printed = Capture.mtrl words
        Assert.That(printed.Exit, Is.EqualTo ExitCode.Done, printed.Err)
        printed.Out

    let newest name = SmallRun.newest (run name)
    let result name = SmallRun.hashes (run name)

    /// The words of the training commands of the guide.
    let commands =
        Regex.Matches(
            File.ReadAllText(Path.Combine(Repository.root, "docs/guides/mtenv.md")),
            @"^\./mtrl train (.*)$",
            RegexOptions.Multiline
        )
        |> Seq.map (fun found -> found.Groups[1].Value.Split ' ' |> List.ofArray)
        |> List.ofSeq

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``is any command of the guide``() =
        Assert.That(commands.Length, Is.GreaterThanOrEqualTo 3)

        for words in commands do
            let name = "setup.name=" + Regex.Replace(String.concat "-" words, "[^a-z0-9]+", "-")
            Assert.That(train (words @ [ name ]), Does.Contain "done: 160 steps.")

    [<TestCase("mt-cartpole", "mtppo")>]
    [<TestCase("mt-two-goal-maze", "mttrpo")>]
    [<TestCase("mt-acrobot", "state_sac")>]
    [<TestCase("mt-cartpole", "cadm", Category = LongForm.only)>]
    member _.``that is resumed ends as an uninterrupted one``(env: string, agent: string) =
        let name = $"{env}-{agent}"
        train [ $"env={env}"; $"agent={agent}"; $"setup.name={name}" ] |> ignore

        let whole = result name
        Assert.That((newest name).Info.Step, Is.EqualTo 160L)
        Directory.Delete((RunFolder(run name)).Checkpoints.FolderOf 160L, true)
        Assert.That((newest name).Info.Step, Is.LessThan 160L)
        Assert.That(mtrl [ "resume"; run name; "--plain" ], Does.Contain "done: 160 steps.")
        Assert.That((result name = whole))

    [<Test>]
    member _.``has no success where the family defines none``() =
        train [ "env=mt-cartpole"; "agent=mtppo"; "setup.name=none" ] |> ignore

        Assert.That(mtrl [ "eval"; run "none" ], Does.Match @"cartpole +– +– +\d")
        let report = File.ReadAllText(Path.Combine(run "none", "report.md"))
        Assert.That(report, Does.Match @"\| cartpole \| – \| – \| [\d.]+ \| – \|")
        Assert.That(report, Does.Contain "- env.num_test_task_states: 200")

    [<Test>]
    member _.``with a memory is evaluated in trials, episode by episode``() =
        train [
            "env=mt-cartpole"
            "agent=rl2"
            "agent.rl2.episodes_per_trial=3"
            "agent.rl2.units=4"
            "env.task_visible=False"
            "setup.name=trials"
        ]
        |> ignore

        let printed = mtrl [ "eval"; run "trials" ]
        Assert.That(printed, Does.Match @"episode of a trial +success +return")

        for episode in 1..3 do
            Assert.That(printed, Does.Match $@"cartpole {episode} +– +\d")

        let file = Path.Combine(folder, "trials.json")
        mtrl [ "eval"; run "trials"; "--json"; file ] |> ignore
        Assert.That(File.ReadAllText file, Does.Contain "\"trials\": [")

    [<TestCase("agent.rl2.exploration_episodes=3",
               "agent.rl2.exploration_episodes = 3: must be below 3, agent.rl2.episodes_per_trial.")>]
    [<TestCase("fidelity=original", "fidelity = original: must be corrected with agent=rl2.")>]
    [<TestCase("agent.multitask.should_use_multi_head_policy=True", "agent=rl2 has no use for it.")>]
    [<TestCase("agent.surgery.method=pcgrad", "agent=rl2 has no use for it.")>]
    member _.``with a memory refuses what it cannot have``(word: string, message: string) =
        Capture.refused
            ([
                "train"
                "env=mt-cartpole"
                "agent=rl2"
                "agent.rl2.episodes_per_trial=3"
                "setup.name=refused"
                "setup.seed=1"
                word
             ]
             @ small
             @ sizesOf "agent=rl2")
            message

    [<Test>]
    member _.``that gradient steps adapt is evaluated after them``() =
        train [
            "env=mt-cartpole"
            "agent=maml"
            "agent.maml.meta_batch_size=2"
            "agent.maml.episodes_per_step=2"
            "env.task_visible=False"
            "setup.name=adapted"
        ]
        |> ignore

        let printed = mtrl [ "eval"; run "adapted" ]

        for episode in 1..3 do
            Assert.That(printed, Does.Match $@"cartpole {episode} +– +\d")

        let json = Path.Combine(folder, "adapted.json")
        mtrl [ "eval"; run "adapted"; "--json"; json ] |> ignore

        let protocol =
            (JsonDocument.Parse(File.ReadAllText json)).RootElement.GetProperty "protocol"

        Assert.That(protocol.GetProperty("method").GetString(), Is.EqualTo "maml")
        Assert.That(protocol.GetProperty("shots").[0].GetInt32(), Is.EqualTo 2)
        let file = Path.Combine(folder, "adapted.onnx")
        mtrl [ "export"; run "adapted"; "--onnx"; file ] |> ignore
        Capture.refused [ "eval"; file ] "a file of a policy cannot learn"

    [<TestCase("fidelity=original", "fidelity = original: must be corrected with agent=maml.")>]
    [<TestCase("agent.on_policy.batch_size=100",
               "agent.on_policy.batch_size: agent=maml has no use for it. What serves here: agent.maml.episodes_per_step.")>]
    [<TestCase("agent.on_policy.entropy_method=tuned",
               "agent.on_policy.entropy_method = tuned: must be another one with agent=maml.")>]
    [<TestCase("env.reward_normalization=running",
               "env.reward_normalization = running: must be another one with agent=maml.")>]
    [<TestCase("setup.precision=bf16",
               "setup.precision = bf16: must be fp32 or fp64 with agent=maml.")>]
    [<TestCase("agent.maml.inner_step=2", "agent.maml.inner_steps")>]
    [<TestCase("agent.maml.inner_lr=-1", "agent.maml.inner_lr = -1")>]
    member _.``that gradient steps adapt refuses what it cannot have``
        (word: string, message: string)
        =
        Capture.refused
            ([
                "train"
                "env=mt-cartpole"
                "agent=maml"
                "setup.name=refused"
                "setup.seed=1"
                word
             ]
             @ small
             @ sizesOf "agent=maml")
            message

    [<Test>]
    member _.``that plans is evaluated on task states that it was not trained on``() =
        train [
            "env=mt-cartpole"
            "agent=cadm"
            "env.task_visible=False"
            "env.train_box=0.7"
            "setup.name=planned"
            "env.num_task_states=3"
            "env.num_test_task_states=3"
        ]
        |> ignore

        let printed = mtrl [ "eval"; run "planned"; "--goals"; "unseen:3" ]
        Assert.That(printed, Does.Match @"cartpole +\d")

        let error =
            Assert.Throws<MtrlException>(
                System.Action(fun () -> Training.Policy.Load(run "planned") |> ignore)
            )

        Assert.That((nonNull error).Message, Does.Contain "actions are planned")

    [<TestCase("fidelity=original", "fidelity = original: must be corrected with agent=cadm.")>]
    [<TestCase("agent.cadm.history=0", "agent.cadm.history = 0: must be a whole number from 1")>]
    [<TestCase("agent.cadm.horizon=0", "agent.cadm.horizon = 0: must be a whole number from 1")>]
    [<TestCase("agent.cadm.elites=21",
               "agent.cadm.elites = 21: must be at most 20, agent.cadm.candidates.")>]
    [<TestCase("agent.cadm.contexts=3", "agent.cadm.context")>]
    [<TestCase("agent.actor.hidden_dim=8", "agent.actor.hidden_dim: agent=cadm has no use for it.")>]
    [<TestCase("agent.surgery.method=pcgrad", "agent=cadm has no use for it.")>]
    [<TestCase("setup.precision=bf16",
               "setup.precision = bf16: must be fp32 or fp64 with agent=cadm.")>]
    member _.``that plans refuses what it cannot have``(word: string, message: string) =
        Capture.refused
            ([
                "train"
                "env=mt-cartpole"
                "agent=cadm"
                "setup.name=refused"
                "setup.seed=1"
             ]
             @ small
             @ sizesOf "agent=cadm"
             @ [ word ])
            message

    [<Test>]
    member _.``that plans refuses images``() =
        let printed =
            Capture.mtrl [
                "train"
                "env=dmc-cartpole-balance"
                "agent=cadm"
                "env.builder.make_kwargs.from_pixels=True"
                "agent.num_layers=4"
                "agent.num_filters=8"
                "setup.name=refused"
                "setup.seed=1"
                $"setup.base_path={folder}"
            ]

        Assert.That(printed.Exit, Is.EqualTo ExitCode.WrongInput)
        Assert.That(printed.Err, Does.Contain "The model predicts numbers of a state, not pixels.")
