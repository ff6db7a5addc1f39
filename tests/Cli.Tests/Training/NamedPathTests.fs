module MtrlFunctional.Cli.Tests.Training.NamedPathTests

open Expecto
open System.IO
open MtrlFunctional.Training
open MtrlFunctional.Tests
open MtrlFunctional.Cli.Tests

/// A file, or a folder inside a run, in place of the folder of the run.
let ``a path inside a run`` =
    let folder = TestFolder.create "path"
    let run = Path.Combine(folder, "small", "seed-1")
    let inside name = Path.Combine(run, name)

    let import file like =
        Words.split $"import {file} --names mtrl --out {folder}/p.onnx --like {like}"

    let commands path = [
        [ "eval"; path ]
        [ "video"; path ]
        [ "report"; path ]
        [ "resume"; path ]
        [ "resume"; "--from"; path ]
        [ "export"; path; "--onnx"; Path.Combine(folder, "p.onnx") ]
        [ "conflicts"; path ]
        [ "demo"; "reach"; "--policy"; path; "--plain" ]
        import (Path.Combine(folder, "none.safetensors")) path
    ]

    let made =
        lazy Capture.finished ("train" :: "--plain" :: SmallRun.reach folder "small")

    after made [
        testCase "is answered with the folder to name" (fun () ->
            for name in [ "config.yaml"; "metrics.jsonl"; "train.log"; "report.md" ] do
                for words in [ "watch"; inside name ] :: commands (inside name) do
                    Capture.refused
                        words
                        $"{inside name}: is a file of a run. Name the folder of the run: {run}")

        testCase "is answered with the folder of its checkpoint" (fun () ->
            let checkpoint = inside "checkpoints/step-40"
            let file = Path.Combine(checkpoint, "agent.safetensors")
            file |> isFile

            for words in commands file do
                Capture.refused
                    words
                    $"{file}: is a file of a run. Name the folder of the checkpoint: {checkpoint}")

        testCase "is answered with its run where it is a folder" (fun () ->
            for command in [ "eval"; "report"; "resume"; "conflicts" ] do
                Capture.refused
                    [ command; inside "checkpoints" ]
                    $"is a folder of a run. Name the folder of the run: {run}")

        testCase "is no place for another run" (fun () ->
            Capture.refused
                ("train" :: SmallRun.reach folder "small/seed-1/inner")
                $"{run}/inner/seed-1: lies in the folder of another run, {run}. Choose another setup.name.")

        testCase "is told from a path that does not exist and from other files" (fun () ->
            let missing = Path.Combine(folder, "none")
            let other = Path.Combine(folder, "other.txt")
            File.WriteAllText(other, "a text of some length")
            let own = Path.Combine(folder, "own.safetensors")
            File.Copy(inside "checkpoints/step-40/agent.safetensors", own)

            for command in [ "eval"; "report"; "resume"; "conflicts" ] do
                Capture.refused [ command; missing ] $"{missing}: no such folder"

            for words, message in
                [
                    [ "eval"; Path.Combine(folder, "*") ],
                    "A shell fills in * and ? outside of quotation marks only."
                    [ "eval"; other ], $"{other}: is no ONNX file, or a damaged one"
                    [ "report"; other ], $"{other}: is a file, so there is no run there."
                    [ "reproduce"; other ],
                    $"{other}: is a file, where the folder of a crash bundle"
                    [ "reproduce"; missing ], $"{missing}: no such folder."
                    import own run,
                    $"{own}: has the names of this program's checkpoints, of which nothing is to import."
                    import folder run, $"{folder}: is a folder, where a file is needed."
                    import other run, $"{other}: is a text, not a safetensors file."
                    import missing run, $"{missing}: no such file."
                ] do
                Capture.refused words message)

        testTheory "of task embeddings is read as a file" [
            "/no/such.json", "/no/such.json: no such file."
            "/usr", "/usr: is a folder, where a file is needed."
        ]
        <| fun (path, message) ->
            let embeddings =
                "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg"

            Capture.refused
                ("train" :: SmallRun.reach folder "embedded"
                 @ [
                     "agent.multitask.should_use_task_encoder=True"
                     $"{embeddings}.should_use=True"
                     $"{embeddings}.path_to_load_from={path}"
                 ])
                message

        /// Where a folder cannot be made, as on a read-only disk.
        testCase "has its table on the terminal where files cannot be written" (fun () ->
            let blocked = Path.Combine(folder, "small", "comparison")
            File.WriteAllText(blocked, "not a folder")
            let printed = Capture.completed [ "report"; run; run; "--at"; "40" ]
            File.Delete blocked
            printed.Out |> contains "seed-1"
            printed.Err |> contains "--out FOLDER writes them elsewhere."
            printed.Err |> lacks "setup.base_path")
    ]

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
