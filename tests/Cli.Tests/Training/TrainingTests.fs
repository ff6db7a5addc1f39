module MtrlFunctional.Cli.Tests.Training.TrainingTests

open Expecto
open System
open System.IO
open MtrlFunctional
open MtrlFunctional.Training
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Show
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

/// One small run for all of these tests: MT1 reach, two short episodes.
let ``a small run from the command line`` =
    let folder = TestFolder.create "train"
    let runFolder = Path.Combine(folder, "tiny", "seed-1")
    let file name = Path.Combine(runFolder, name)
    let words = SmallRun.reach folder "tiny"
    let trained = lazy Capture.finished ("train" :: words @ [ "--paper-lines" ])

    after trained [
        testCase "prints the papers' lines, a table, and where the report is" (fun () ->
            trained.Value |> contains "| train | E: "
            trained.Value |> matches @"reach-v3 +\d+ % +\d+ %"
            trained.Value |> contains $"""Report: {file "report.html"}""")

        testTheory "leaves" [
            "config.yaml"
            "train.log"
            "metrics.jsonl"
            "report.html"
            "report.md"
            "curves.svg"
            "checkpoints/step-40/manifest.json"
        ]
        <| fun name -> file name |> isFile

        testCase "can be evaluated" (fun () ->
            let json = file "evaluation.json"

            let printed =
                Capture.finished [ "eval"; runFolder; "--episodes"; "2"; "--json"; json ]

            printed |> matches @"reach-v3 +\d+ % +\d+ %"
            File.ReadAllText json |> contains "\"successEver\"")

        testCase "is compared with the scripted expert and with random actions" (fun () ->
            let evaluate actor more =
                Capture.finished ([ "eval"; runFolder; "--actor"; actor; "--horizon" ] @ more)

            let expert = evaluate "expert" [ "150"; "--episodes"; "3" ]
            expert |> startsWith "evaluation of the scripted experts: "
            expert |> matches @"reach-v3 +100 % +100 %"

            let json = file "random.json"
            let random = evaluate "random" [ "5"; "--goals"; "unseen:2"; "--json"; json ]
            random |> startsWith "evaluation of uniformly random actions: "
            File.ReadAllText json |> contains "\"actor\": \"random\""
            evaluate "random" [ "5"; "--goals"; "unseen:2" ] |> equals random)

        Capture.refusalsOf [ "eval"; runFolder ] "is not evaluated in ways that cannot be" [
            "--actor exprt", "trained, expert, random. Nearest: expert."
            "--actor expert --adapt finetune --shots 1", "--actor expert and --adapt: "
            "--infer-theta 3", "agent=hipbmdp"
            "--infer-theta 0", "must be from 1 to 1,000,000 transitions"
            "--infer-theta 1000001", "must be from 1 to 1,000,000 transitions"
        ]

        testCase "what is shown of it is what is evaluated" (fun () ->
            let json = file "one.json"

            Capture.does [ "eval"; runFolder; "--episodes"; "1"; "--json"; json ]

            let task = List.head (Json.items "tasks" (Json.read json))
            use rollout = Rollout.OfRun runFolder
            rollout.Actor |> equals $"{runFolder}, step 40"
            let ends = Play.episode rollout 0 ignore
            ends[0].Return |> isWithin 1e-3 (Json.number "return" task)

            // The same episode again gives the same bits.
            Play.episode rollout 0 ignore |> equals ends)

        testCase "can be filmed" (fun () ->
            let film = file "run.gif"

            let printed =
                Capture.finished [ "video"; runFolder; "--out"; film; "--size"; "48x36" ]

            printed |> contains "step 40, 1 task"
            // Every second of 20 steps.
            printed |> contains "run.gif: 10 frames")

        testCase "a finished run resumes to its end at once" (fun () ->
            Capture.finished [ "resume"; runFolder; "--plain" ]
            |> contains "done: 40 steps.")

        testCase "a resumed run shows its last evaluation" (fun () ->
            let words = SmallRun.reach folder "resumed" @ [ "experiment.save_freq=20" ]
            let first = Capture.finished ("train" :: words @ [ "--until"; "20"; "--plain" ])

            let evaluated (printed: string) =
                printed.Split '\n' |> Array.find _.StartsWith("evaluation after step 20: ")

            use run = TrainingRun.Resume(Path.Combine(folder, "resumed", "seed-1"))
            let evaluation = nonNull run.LastEvaluation
            Plain.evaluated evaluation |> equals (evaluated first)
            [ for task in evaluation.Tasks -> task.Name ] |> equals [ "reach-v3" ]
            let mutable shown = []

            let publish (p: TrainingProgress) =
                shown <- Option.ofObj p.LastEvaluation :: shown

            run.Run(Action<_> publish) |> equals TrainingEnd.Finished
            (List.last shown).Value |> equals evaluation
            shown.Head.Value.Step |> equals 40L)

        Capture.refusalsOf [ "resume"; runFolder ] "resuming refuses" [
            "agent.actor.hidden_dim=9",
            "agent.actor.hidden_dim=9: a resumed run keeps its configuration"
            "experiment.eval_freq=45", "and setup.threads. Start another run"
            "experiment.num_train_steps=20", "was started with 40 steps"
            "+experiment.num_train_steps=20", "was started with 40 steps"
            "experiment.num_train_steps=many", "must be a whole number"
            "setup.threads=0", "must be a whole number from 1 to 1,024"
            "setup.threads=1 setup.threads=2", "setup.threads: is given more than once"
        ]

        testCase "another configuration does not overwrite it" (fun () ->
            let before = File.ReadAllText(file "config.yaml")

            let printed =
                Capture.refusal ("train" :: words @ [ "agent.actor.hidden_dim=9"; "--plain" ])

            printed
            |> containsAll [
                runFolder
                "(step 40): agent.actor.hidden_dim is 8 there and 9 here; "
            ]

            File.ReadAllText(file "config.yaml") |> equals before)

        let elsewhere name =
            SmallRun.reach (Path.Combine(folder, "with space")) name

        /// Updates that give NaN at once.
        let diverging name saveFreq =
            let printed =
                Capture.mtrl (
                    "train" :: elsewhere name
                    @ [
                        $"experiment.save_freq={saveFreq}"
                        "agent.optimizers.critic.lr=1e30"
                        "--plain"
                    ]
                )

            printed.Exit |> equals ExitCode.Stopped
            printed.Err

        testCase "a failure before the first checkpoint advises what is possible" (fun () ->
            let said = diverging "early" 1000
            said |> containsAll [ "No checkpoint was saved before"; "here 1,000 steps" ]
            said |> lacks "mtrl resume")

        testCase "a failure later names the command that continues, quoted for the shell" (fun () ->
            let run = Path.Combine(folder, "with space", "late", "seed-1")
            diverging "late" 20 |> contains $"mtrl resume '{run}'"

            Capture.refused
                ("train" :: elsewhere "late"
                 @ [ "experiment.save_freq=20"; "agent.actor.hidden_dim=9"; "--plain" ])
                $"go on with it by mtrl resume '{run}', or remove the folder")

        testTheory "no command writes to an empty name" [
            "export", "--onnx"
            "report", "--out"
            "conflicts", "--out"
            "eval", "--json"
            "video", "--out"
        ]
        <| fun (command, option) ->
            Capture.refused [ command; runFolder; option; "" ] $"{option} '': is empty"

        testTheory "what cannot be written is wrong input" [
            "export", "--onnx", "x.onnx"
            "report", "--out", "x"
            "eval", "--json", "x.json"
            "video", "--out", "x.gif"
        ]
        <| fun (command, option, name) ->
            // A folder in which nobody makes files.
            let target = $"/proc/{name}"
            let printed = Capture.mtrl [ command; runFolder; option; target ]
            printed.Exit |> equals ExitCode.WrongInput
            printed.Err |> contains target

        testCase "a start that does not fit leaves no folder" (fun () ->
            let base' = Path.Combine(folder, "refused")

            Capture.refused
                ("train" :: SmallRun.reach base' "deep/other"
                 @ [ $"agent.start={runFolder}"; "agent.actor.hidden_dim=9"; "--plain" ])
                "agent.start="

            base' |> isAbsent)
    ]

let ``wrong words`` = [
    testCase "all errors are reported at once, with the nearest names" (fun () ->
        let said =
            Capture.refusal (
                Words.split "train env=metaworld-mt10 agent=state_sca replay_buffer.batch_siez=3"
            )

        said
        |> containsAll [
            "2 errors; nothing was started."
            "state_sac"
            "replay_buffer.batch_size"
        ])

    Capture.refusals "a run that is not there is named" [
        for command in [ "resume"; "eval"; "report" ] ->
            $"{command} nowhere/seed-1", "nowhere/seed-1"
    ]

    testCase "the papers' launcher words are dropped" (fun () ->
        for options in [ ""; "--plain"; "--precision bf16" ] do
            let said =
                Words.split $"train {options} PYTHONPATH=. python3 -u main.py env=mt-none"
                |> Capture.refusal

            said |> startsWith "mtrl train: 1 error;"
            said |> contains "env = mt-none")
]

/// A run of a meta-learning benchmark.
let ``a small meta-learning run`` = [
    testCase "trains on one part of the tasks and tests on the other" (fun () ->
        let folder = TestFolder.create "meta"
        let run = Path.Combine(folder, "meta", "seed-1")

        Capture.finished (
            [ "train"; "env=metaworld-ml10"; "agent=state_sac"; "env.tasks=[reach, push]" ]
            @ SmallRun.words folder "meta"
            @ [ "env.horizon=5"; "--plain" ]
        )
        |> ignore

        let evaluated = Capture.finished [ "eval"; run ]

        for task in [ "drawer-open"; "door-close"; "shelf-place"; "sweep-into"; "lever-pull" ] do
            evaluated |> contains $"{task}-v3"

        evaluated |> lacks "push-v3"
        let report = File.ReadAllText(Path.Combine(run, "report.md"))
        report |> matches @"\| push-v3 \| – \| – \| – \| 0 % \|"
        report |> matches @"\| lever-pull-v3 \| 0 % \| 0 % \| [\d.]+ \| – \|")
]
