module MtrlFunctional.Cli.Tests.Training.CheckpointFolderTests

open Expecto
open System.IO
open MtrlFunctional.Training
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

/// A folder of a checkpoint in place of the folder of its run.
let ``the folder of a checkpoint`` =
    let folder = TestFolder.create "checkpoint"
    let run = Path.Combine(folder, "small", "seed-1")

    let checkpoint run step =
        Path.Combine(run, "checkpoints", $"step-{step}")

    let at = checkpoint run

    let train name =
        let saving = [
            "experiment.save_freq=20"
            "experiment.save.model.retain_last_n=-1"
            "--plain"
        ]

        Capture.does ("train" :: SmallRun.reach folder name @ saving)

    let made = lazy train "small"

    after made [
        testCase "is the run at that step" (fun () ->
            let separator = string Path.DirectorySeparatorChar
            let evaluated = Capture.finished [ "eval"; at 20 + separator ]
            evaluated |> equals (Capture.finished [ "eval"; run; "--step"; "20" ])
            evaluated |> differsFrom (Capture.finished [ "eval"; run ])
            use early = Policy.Load(at 20)
            use late = Policy.Load run
            [ early.Step; late.Step ] |> equals [ 20L; 40L ]

            Capture.finished [ "demo"; "reach"; "--policy"; at 20; "--plain" ]
            |> contains "step 20, goals of its evaluations")

        testCase "is the run where the whole run is meant" (fun () ->
            Capture.does [ "report"; at 20 ]
            Path.Combine(run, "report.html") |> isFile)

        testCase "is refused beside another step" (fun () ->
            Capture.refused
                [ "eval"; at 20; "--step"; "40" ]
                "is the checkpoint of step 20, but step 40"

            Capture.refused [ "eval"; at 30 ] "has no checkpoint of step 30. It has steps 40, 20")

        testCase "is resumed where it is the newest" (fun () ->
            train "resumed"
            let run = Path.Combine(folder, "resumed", "seed-1")

            Capture.refused
                [ "resume"; checkpoint run 20; "--plain" ]
                $"goes on from step 40: 'mtrl resume {run}'"

            Capture.finished [
                "resume"
                checkpoint run 40
                "experiment.num_train_steps=60"
                "--plain"
            ]
            |> contains "done: 60 steps.")

        testCase "starts another run by both names of the key" (fun () ->
            let start key =
                SmallRun.reach folder key @ [ $"{key}={at 20}"; "--plain" ]

            for key in [ "agent.start"; "initialise_from" ] do
                Capture.does ("train" :: start key)

                (RunEvaluation.ExperimentOf(Path.Combine(folder, key, "seed-1"))).Agent.Start
                |> equals (Some(at 20)))
    ]
