namespace MtrlFunctional.Cli.Tests

open System.IO
open NUnit.Framework
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Cli.Training

/// A record of two seeds, each a few episodes long.
[<TestFixture; NonParallelizable>]
type ``a record``() =
    let folder = Directory.CreateTempSubdirectory("mtrl-record-").FullName

    let settings =
        match Experiment.resolve [ "preset=fast/mt1" ] with
        | Ok(e, _) -> RecordScript.settings e
        | Error mistakes -> failwith $"{mistakes}"

    let protocol = {
        Name = "tiny-record"
        Title = "Tiny"
        Preset = "fast/mt1"
        Settings = settings
        Seeds = 2
        UnseenGoals = 3
    }

    let small = [
        $"setup.base_path={folder}"
        "setup.threads=1"
        "env.benchmark.env_name=drawer-close"
        "env.horizon=5"
        "agent.actor.hidden_dim=8"
        "agent.on_policy.episode_length=5"
        "agent.on_policy.batch_size=40"
        "agent.on_policy.minibatch_size=20"
        "experiment.num_train_steps=80"
        "experiment.eval_freq=40"
        "experiment.save_freq=40"
        "experiment.num_eval_episodes=2"
    ]

    let run protocol words =
        Capture.run (fun () -> RecordScript.run protocol words)

    let record () =
        File.ReadAllText(Path.Combine(folder, "tiny-record", "record.md"))

    [<OneTimeTearDown>]
    member _.Remove() = Directory.Delete(folder, true)

    [<Test>]
    member _.``has a line for each seed, and is the same when it is shown again``() =
        let first = run protocol (small @ [ "plain" ])
        Assert.That(first.Exit, Is.EqualTo ExitCode.Done, first.Err)
        Assert.That(first.Out, Does.Match @"seed 1 +\d+\.\d %")
        Assert.That(first.Out, Does.Contain "2 of 2 seeds. Record: ")
        let text = record ()
        Assert.That(text, Does.Match @"\| mean ± s\.e\. \| \d+\.\d ± \d+\.\d % ")
        Assert.That(text, Does.Contain $"env.benchmark.env_name=drawer-close")
        Assert.That(text, Does.Match @"\| scripted experts \| \d+\.\d % ")
        Assert.That(text, Does.Match @"\| random actions \| \d+\.\d % ")

        Assert.That(
            text,
            Does.Contain $"- Processor: {MtrlFunctional.Tensors.Processor.ModelName}; "
        )

        Assert.That(text, Does.Match @"; \d+\.\d hours of its cores in all\.")

        let measured =
            MtrlFunctional.Storage.MetricsLog.Read $"{folder}/fast-mt1/seed-1/metrics.jsonl"
            |> Seq.filter (fun r -> r.Mode = "train")
            |> Seq.map _.Values["processor_seconds"]
            |> Array.ofSeq

        Assert.That(measured, Is.Not.Empty.And.All.GreaterThan 0.0)

        Assert.That(
            Array.sum measured,
            Is.LessThan System.Environment.CpuUsage.TotalTime.TotalSeconds
        )

        let again = run protocol (small @ [ "show" ])
        Assert.That(again.Exit, Is.EqualTo ExitCode.Done, again.Err)
        Assert.That(again.Err, Does.Not.Contain "plays all goals")
        Assert.That(record (), Is.EqualTo text)

        File.WriteAllText($"{folder}/fast-mt1/seed-1/goals.json", "{\"Step\": 8")
        let mended = run protocol (small @ [ "plain" ])
        Assert.That(mended.Exit, Is.EqualTo ExitCode.Done, mended.Err)
        Assert.That(mended.Err, Does.Contain "seed 1: plays all goals")
        Assert.That(mended.Err, Does.Not.Contain "seed 2: plays all goals")
        Assert.That(record (), Is.EqualTo text)

    [<Test>]
    member _.``is refused where the preset is another one by now``() =
        let other =
            run { protocol with Settings = "0123456789abcdef" } [
                $"setup.base_path={folder}/other"
            ]

        Assert.That(other.Exit, Is.EqualTo ExitCode.WrongInput)

        Assert.That(
            other.Err,
            Does.Contain $"has the settings {settings}, the record 0123456789abcdef"
        )

        Assert.That(Directory.Exists $"{folder}/other", Is.False)

    [<Test>]
    member _.``tells experiments apart by their settings, not by their place``() =
        let hash words =
            match Experiment.resolve ("preset=fast/mt1" :: words) with
            | Ok(e, _) -> RecordScript.settings e
            | Error mistakes -> failwith $"{mistakes}"

        Assert.That(hash [ "setup.threads=1"; "setup.seed_ref=3" ], Is.EqualTo settings)
        Assert.That(hash [ "agent.on_policy.init_std=0.9" ], Is.Not.EqualTo settings)

    [<Test>]
    member _.``does not depend on keys that its agent and environment do not read``() =
        match Experiment.resolve [ "preset=fast/mt1" ] with
        | Ok(e, _) ->
            let read = Experiment.valuesRead e |> List.map fst |> set
            Assert.That(read, Does.Contain "agent.on_policy.gae_lambda")

            for unread in [ "replay_buffer.capacity"; "agent.trpo.max_kl" ] do
                Assert.That(read, Does.Not.Contain unread)
        | Error mistakes -> Assert.Fail $"{mistakes}"

    [<TestCase("scripts/record-mt10.fsx", "fast/mt10")>]
    [<TestCase("scripts/record-mt50.fsx", "fast/mt50")>]
    member _.``of the repository has the settings of its preset``(script: string, preset: string) =
        let text =
            File.ReadAllText(Path.Combine(MtrlFunctional.Tests.Repository.root, script))

        match Experiment.resolve [ $"preset={preset}" ] with
        | Ok(e, _) -> Assert.That(text, Does.Contain $"Settings = \"{RecordScript.settings e}\"")
        | Error mistakes -> Assert.Fail $"{mistakes}"
