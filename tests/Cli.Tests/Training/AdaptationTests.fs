module MtrlFunctional.Cli.Tests.Training.AdaptationTests

open Expecto
open System.IO
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

/// A small run of MT-PPO on three tasks, evaluated in others.
let ``a run in other tasks`` =
    let folder = TestFolder.create "adapt"
    let run name = Path.Combine(folder, name, "seed-1")
    let json = Path.Combine(folder, "result.json")

    let words env name =
        SmallRun.words folder name
        |> List.filter (fun word ->
            not (word.StartsWith "replay_buffer" || word.Contains "init_steps"))
        |> List.append [
            yield! env
            "agent=mtppo"
            if name <> "one" then
                "env.tasks=[reach, push, drawer-close]"
            "env.goal_selection=random"
            "agent.on_policy.batch_size=60"
            "agent.on_policy.minibatch_size=30"
            "--plain"
        ]

    let evaluated arguments = Capture.finished ("eval" :: arguments)

    /// The protocol and the summaries of an evaluation.
    let written arguments =
        evaluated (arguments @ [ "--horizon"; "3"; "--json"; json ]) |> ignore
        let result = Json.read json
        Json.at "protocol" result, Json.items "summary" result |> List.map (Json.text "goals")

    let made =
        lazy
            (for env, name in
                [
                    [ "env=metaworld-mt10" ], "tiny"
                    [ "env=metaworld-ml10" ], "meta"
                    [ "env=metaworld-ml1"; "env.benchmark.env_name=reach" ], "one"
                ] do
                 Capture.does ("train" :: words env name))

    after made [
        testCase "learns them from some episodes, and the file says how" (fun () ->
            Words.split
                $"""{run "tiny"} --tasks sweep,reach --adapt finetune --shots 0,2 --goals unseen:2 --goal-seed 7 --horizon 10 --reward v1 --json {json}"""
            |> evaluated
            |> containsAll [ "0 shots    2 shots"; "other goals, of seed 7" ]

            let result = Json.read json
            let protocol = Json.at "protocol" result

            [ "name"; "rewardVersion"; "method" ]
            |> List.map (fun key -> Json.text key protocol)
            |> equals [ "unseen-goals"; "v1"; "finetune" ]

            [ "goalSeed"; "horizon" ]
            |> List.map (fun key -> Json.whole key protocol)
            |> equals [ 7; 10 ]

            Json.items "shots" protocol |> List.map _.GetInt32() |> equals [ 0; 2 ]
            let summary = Json.items "summary" result

            summary
            |> List.map (fun each -> Json.text "goals" each, Json.whole "shots" each)
            |> equals [ "test", 0; "unseen", 0; "test", 2; "unseen", 2 ]

            summary.Head |> Json.number "mean" |> isInRange 0.0 1.0
            summary.Head |> Json.number "interval.low" |> isAtMost 1.0)

        testCase "loses no file to a result" (fun () ->
            let checkpoint = SmallRun.newest (run "tiny")
            let agent = Path.Combine(checkpoint.Folder, "agent.safetensors")
            let kept = [ Path.Combine(run "tiny", "config.yaml"); agent ]
            let contents () = kept |> List.map File.ReadAllBytes
            let before = contents ()

            for file in kept do
                Capture.refused [ "eval"; run "tiny"; "--json"; file ] "belongs to a run"

            Capture.refused [ "export"; run "tiny"; "--onnx"; agent ] "belongs to a run"
            contents () |> equals before
            let policy = Path.Combine(folder, "policy.onnx")
            Capture.does [ "export"; run "tiny"; "--onnx"; policy ]
            Capture.refused [ "eval"; policy; "--json"; policy ] "is the policy itself")

        testTheory "is written with the seed of its goals, and whether it knows them" [
            "one", "", 2, "test"
            "one", "--all-goals", 2, "test"
            "one", "--goals train", 1, "known"
            "one", "--tasks push", 1, "test"
            "one", "--tasks push,reach", -1, "test"
            "one", "--adapt finetune --shots 0", 2, "test"
            "meta", "", 1, "test"
            "meta", "--goals train", 1, "known"
            "tiny", "", 1, "known"
            "tiny", "--adapt none --shots 0", 1, "known"
            "tiny", "--adapt none", 1, "known"
        ]
        <| fun (name, options, seed, goals) ->
            let protocol, summary = written (run name :: Words.split options)

            if seed < 0 then
                protocol |> Json.isNull "goalSeed" |> isTrue
            else
                protocol |> Json.whole "goalSeed" |> equals seed

            summary |> equals [ goals ]

            protocol
            |> Json.text "method"
            |> equals (if options.Contains "finetune" then "finetune" else "none")

        testCase "of meta-learning learns each goal of test tasks by itself" (fun () ->
            Words.split
                $"""{run "meta"} --tasks door-close --adapt finetune --shots 0 --horizon 3 --json {json}"""
            |> evaluated
            |> contains "door-close-v3"

            let result = Json.read json
            result |> Json.text "protocol.name" |> equals "goal-by-goal"
            let adapted = List.head (Json.items "adapted" result)

            Json.items "result.episodeSuccesses" adapted
            |> List.map _.GetArrayLength()
            |> equals [ 50 ])

        Capture.refusalsOf
            [ "eval"; run "tiny" ]
            "is refused with one message where words are wrong"
            [
                "--shots 1", "add --adapt finetune, theta, context or search"
                "--adapt finetune", "Add --shots"
                "--adapt non --shots 0", "Nearest: none"
                "--adapt none --shots 0,1",
                "--adapt none: nothing learns from the episodes of --shots 0,1; give --shots 0, or --adapt finetune, theta, context or search."
                "--tasks ML10-test --shots 0,1,5,10",
                "add --adapt finetune, theta, context or search"
                "--goals train --tasks sweep,reach", "was not trained on sweep-v3"
                "--adapt finetun --shots 1", "Nearest: finetune"
                "--adapt finetune --shots 1,x", "'x' must be a number of episodes"
                "--adapt finetune --shots -1", "from 0 to 10,000"
                "--adapt finetune --shots 1 --infer-theta 5", "both adapt the policy"
                "--tasks swep", "Nearest: sweep"
                "--tasks sweep", "was not trained on sweep-v3"
                "--trial 10,3", "plays no trials, since its agent has no memory"
                "--episodes 2000000000", "must be from 1 to 100,000"
                "--horizon 0", "must be from 1 to 1,000,000"
                "--reward v3", "must be one of v1, v2"
            ]

        testTheory "is refused where the run has nothing to adapt" [
            run "meta", "theta", "nothing that belongs to single tasks"
            "policy:mt10", "finetune", "Name the folder of the run"
        ]
        <| fun (policy, method', message) ->
            Capture.refused [ "eval"; policy; "--adapt"; method'; "--shots"; "1" ] message
    ]
