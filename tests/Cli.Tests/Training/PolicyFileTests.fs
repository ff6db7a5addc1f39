module MtrlFunctional.Cli.Tests.Training.PolicyFileTests

open Expecto
open System
open System.IO
open MtrlFunctional.Tests
open MtrlFunctional.Training
open MtrlFunctional.Cli.Tests

/// A policy that the program has.
let ``a shipped policy`` = [
    /// ONNX Runtime's telemetry keeps an identifier in the user's cache, except in builds of servers, which have the variable CI.
    testCase "is used without a trace in the user's folder" (fun () ->
        let home = TestFolder.create "home"
        let path = Environment.GetEnvironmentVariable "PATH"
        let words = Words.split "eval policy:mt10 --tasks reach --episodes 1 --horizon 1"

        let code, _, error =
            [ "-i"; $"PATH={path}"; $"HOME={home}"; "dotnet"; ChildProcess.mtrl ] @ words
            |> fun words -> ChildProcess.execute "env" words []

        (code, error) |> equals (0, "")
        Directory.GetFileSystemEntries home |> isEmpty)
]

/// The policy of a small run as a file.
let ``an exported policy`` =
    let folder = TestFolder.create "policy"
    let run = Path.Combine(folder, "small", "seed-1")
    let file = Path.Combine(folder, "policy.onnx")
    let words = SmallRun.reach folder "small"
    let observation = Array.init 39 (fun i -> sin (float32 i))

    let act (path: string) =
        use policy = Policy.Load path
        let action: float32[] = Array.zeroCreate 4
        policy.Act(ReadOnlySpan observation, 0, action.AsSpan())
        action

    let made =
        lazy
            (Capture.does ("train" :: words @ [ "--plain" ])

             Capture.finished [ "export"; run; "--onnx"; file ]
             |> contains "policy of 1 task after step 40, 39 to 4 numbers")

    after made [
        testCase "is evaluated as its run" (fun () ->
            let evaluate path =
                Capture.finished [ "eval"; path; "--episodes"; "2" ]

            evaluate file |> equals (evaluate run))

        testCase "is evaluated on goals that it was not trained on" (fun () ->
            let json = Path.Combine(folder, "goals.json")

            let printed =
                Words.split $"eval {file} --goals unseen:3 --goal-seed 7 --json {json}"
                |> Capture.finished

            printed |> contains "50 goals of training, 3 others of seed 7"
            printed |> contains "unseen less trained"
            let evaluation = Json.read json

            let successes part =
                let goals = List.head (Json.items $"{part}.episodeSuccesses" evaluation)

                [|
                    for success in goals.EnumerateArray() ->
                        if success.GetBoolean() then 1.0 else 0.0
                |]

            let trained, unseen = successes "trained", successes "unseen"
            (trained.Length, unseen.Length) |> equals (50, 3)
            evaluation |> Json.whole "goalSeed" |> equals 7

            evaluation
            |> Json.number "gap.difference"
            |> isWithin 1e-12 (Array.average unseen - Array.average trained))

        testCase "acts as its run does" (fun () -> act file |> equals (act run))

        testCase "is exported again with its licence" (fun () ->
            let again = Path.Combine(folder, "again.onnx")

            let export from licence =
                Capture.finished ([ "export"; from; "--onnx"; again ] @ licence)

            export run [ "--licence"; "CC-BY-4.0" ] |> ignore
            let bytes = File.ReadAllBytes again
            export again [] |> contains "again.onnx: policy of 1 task"
            File.ReadAllBytes again |> equals bytes
            Capture.refused [ "export"; run ] "--onnx")

        testCase "is played in place of the expert" (fun () ->
            Capture.finished [ "demo"; "reach"; "--policy"; file; "--plain" ]
            |> contains "policy.onnx, step 40, goals of its evaluations"

            Capture.refused
                [ "demo"; "push"; "--policy"; file; "--plain" ]
                "its policy has no task 'push-v3'")

        testCase "starts a training with its configuration" (fun () ->
            let trained =
                Capture.completed [
                    yield! [ "resume"; "--from"; file; $"setup.base_path={folder}" ]
                    yield! [ "setup.name=further"; "experiment.num_train_steps=20"; "--plain" ]
                ]

            // Nobody set these keys.
            trained.Err |> lacks "has no effect"
            let config = RunEvaluation.ExperimentOf(Path.Combine(folder, "further", "seed-1"))
            config.Agent.Start |> equals (Some file)
            config.Agent.Actor |> equals ((RunEvaluation.ExperimentOf run).Agent.Actor))

        Capture.refusalsOf [ "eval"; file ] "is not evaluated in ways that cannot be" [
            "--infer-theta 3", "holds no transition model"
            "--goals unseen:0", "unseen:N with a number of goals"
            "--goals unsen", "must be train, unseen, or unseen:N"
            "--goals unseen:10001", "from 1 to 10,000"
            "--goals unseen --all-goals", "give one of them"
            "--goal-seed 3", "is the seed of unseen goals"
            "--goals unseen --goal-seed -3", "must be from 0"
            "--goals unseen --episodes 3", "give one of them"
        ]

        testCase "is refused where it is torn" (fun () ->
            let torn = Path.Combine(folder, "torn.onnx")
            File.WriteAllBytes(torn, File.ReadAllBytes(file)[..999])
            Capture.refused [ "eval"; torn ] "torn.onnx: is no ONNX file, or a damaged one")

        testCase "is named by what there is" (fun () ->
            Capture.finished [ "list"; "policies" ] |> contains "policy:mt10"
            Capture.refused [ "eval"; "policy:mt1O" ] "Nearest: policy:mt10"
            Capture.refused [ "eval"; "none.onnx" ] "no such file. 'mtrl export RUN --onnx"
            Capture.refused [ "export"; run; "--onx"; "a" ] "Nearest: --onnx")
    ]
