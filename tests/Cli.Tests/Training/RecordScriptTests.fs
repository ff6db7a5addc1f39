module MtrlFunctional.Cli.Tests.Training.RecordScriptTests

open Expecto
open System
open System.IO
open MtrlFunctional.Storage
open MtrlFunctional.Tensors
open MtrlFunctional.Experiments
open MtrlFunctional.Cli.Training
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

/// A record of two seeds, each a few episodes long.
let ``a record`` = [
    let folder = TestFolder.create "record"

    let experiment words =
        Experiment.resolve ("preset=fast/mt1" :: words) |> ok |> fst

    let hash words =
        RecordScript.settings (experiment words)

    let protocol () = {
        Name = "tiny-record"
        Title = "Tiny"
        Preset = "fast/mt1"
        Settings = hash []
        Seeds = 2
        UnseenGoals = 3
    }

    let small =
        Words.split
            $"setup.base_path={folder} setup.threads=1 env.benchmark.env_name=drawer-close
            env.horizon=5 agent.actor.hidden_dim=8 agent.on_policy.episode_length=5
            agent.on_policy.batch_size=40 agent.on_policy.minibatch_size=20
            experiment.num_train_steps=80 experiment.eval_freq=40 experiment.save_freq=40
            experiment.num_eval_episodes=2"

    let run protocol words =
        Capture.run (fun () -> PaperTable.runScript (RecordScript.script protocol) words)

    let ran words =
        Capture.succeeds (run (protocol ()) (small @ words))

    let record () =
        File.ReadAllText(Path.Combine(folder, "tiny-record", "record.md"))

    testCase "has a line for each seed, and is the same when it is shown again" (fun () ->
        let first = ran [ "plain" ]
        first.Out |> matches @"seed 1 +\d+\.\d %"
        first.Out |> contains "2 of 2 seeds. Record: "
        let text = record ()
        text |> matches @"\| mean ± s\.e\. \| \d+\.\d ± \d+\.\d % "
        text |> contains $"env.benchmark.env_name=drawer-close"
        text |> matches @"\| scripted experts \| \d+\.\d % "
        text |> matches @"\| random actions \| \d+\.\d % "
        text |> contains $"- Processor: {Processor.ModelName}; "
        text |> matches @"; \d+\.\d hours of its cores in all\."

        let measured =
            MetricsLog.Read $"{folder}/fast-mt1/seed-1/metrics.jsonl"
            |> Seq.filter (fun r -> r.Mode = "train")
            |> Seq.map _.Values["processor_seconds"]
            |> Array.ofSeq

        Array.min measured |> isAbove 0.0
        Array.sum measured |> isBelow Environment.CpuUsage.TotalTime.TotalSeconds
        (ran [ "show" ]).Err |> lacks "plays all goals"
        record () |> equals text

        File.WriteAllText($"{folder}/fast-mt1/seed-1/goals.json", "{\"Step\": 8")
        let mended = ran [ "plain" ]
        mended.Err |> contains "seed 1: plays all goals"
        mended.Err |> lacks "seed 2: plays all goals"
        record () |> equals text)

    testCase "is refused where the preset is another one by now" (fun () ->
        run { protocol () with Settings = "0123456789abcdef" } [
            $"setup.base_path={folder}/other"
        ]
        |> Capture.messages
        |> contains $"has the settings {hash []}, the record 0123456789abcdef"

        $"{folder}/other" |> isAbsent)

    testCase "tells experiments apart by their settings, not by their place" (fun () ->
        hash [ "setup.threads=1"; "setup.seed_ref=3" ] |> equals (hash [])
        hash [ "agent.on_policy.init_std=0.9" ] |> differsFrom (hash []))

    testCase "does not depend on keys that its agent and environment do not read" (fun () ->
        let read = Experiment.valuesRead Additions.none (experiment []) |> List.map fst
        read |> includes "agent.on_policy.gae_lambda"

        for unread in [ "replay_buffer.capacity"; "agent.trpo.max_kl" ] do
            read |> excludes unread)

    testTheory "of the repository has the settings of its preset" [
        "scripts/record-mt10.fsx", "fast/mt10"
        "scripts/record-mt50.fsx", "fast/mt50"
    ]
    <| fun (script, preset) ->
        let found, _ = Experiment.resolve [ $"preset={preset}" ] |> ok

        File.ReadAllText(Path.Combine(Repository.root, script))
        |> contains $"Settings = \"{RecordScript.settings found}\""
]
