module MtrlFunctional.Cli.Tests.Programs.PipelineTests

open Expecto
open Expecto.Flip
open System.IO
open System.Text.RegularExpressions
open MtrlFunctional.Storage
open MtrlFunctional.Training
open MtrlFunctional.Tests

/// The scripts of docs/guides/pipelines.md with words that make each run a second long, one behind the other in a process: killed in
/// the first slice of the population, and started again.
let ``pipelines`` = [
    let scripts = Path.Combine(Repository.root, "scripts/pipelines")
    let folder = TestFolder.create "pipelines"
    let run name = $"{folder}/{name}/seed-1"

    let arguments =
        lazy
            let all = Path.Combine(folder, "all.fsx")

            File.WriteAllLines(
                all,
                [
                    for name in [ "population"; "specialists-to-student"; "pretrain-and-adapt" ] ->
                        $"#load @\"{scripts}/{name}.fsx\""
                ]
            )

            [ "fsi"; all; $"setup.base_path={folder}" ]
            @ Words.split
                "env.horizon=10 agent.on_policy.episode_length=10 agent.on_policy.batch_size=900
                agent.on_policy.minibatch_size=90 experiment.num_train_steps=100 experiment.eval_freq=50
                experiment.num_eval_episodes=1 agent.actor.hidden_dim=8 setup.threads=1 setup.seed=1"

    let killed =
        lazy
            use running = ChildProcess.startIn Repository.root "dotnet" arguments.Value
            ChildProcess.awaitCheckpoint running (run "population-2-0") 1L
            running.Kill(entireProcessTree = true)
            running.WaitForExit()
            run "population-4-0" |> isAbsent

    let output =
        lazy
            killed.Value

            let code, out, err =
                ChildProcess.executeIn Repository.root "dotnet" arguments.Value []

            code |> Expect.equal (out + err) 0
            out

    let returns name = [
        for record in MetricsLog.Read((RunFolder(run name)).MetricsFile, "eval") ->
            record.Values["episode_reward"]
    ]

    yield!
        after output [
            testCase "do not train again what was finished before a kill" (fun () ->
                let firstSlice = output.Value.IndexOf "slice 1 of 2, member 1, "
                firstSlice |> isAtLeast 0
                output.Value.Substring(0, firstSlice) |> lacks (run "population-1-0"))

            testCase "let the worst of a population start from the policy of the best" (fun () ->
                let found =
                    Regex.Match(output.Value, @"member (\d) starts again from member (\d)\n")

                let worst, best = found.Groups[1].Value, found.Groups[2].Value
                worst |> differsFrom best

                File.ReadAllText((RunFolder(run $"population-{worst}-1")).ConfigFile)
                |> contains (run $"population-{best}-0" + "/checkpoints/step-90")

                output.Value
                |> matches $"best: {folder}/population-\\d-\\d/seed-1/checkpoints/step-")

            testCase "leave a student that plays all tasks of its specialists" (fun () ->
                output.Value |> contains "5 of 5 runs finished."
                output.Value |> contains "round 10 of 10"

                use student = Policy.Load $"""{run "student"}/student.onnx"""
                student.Tasks |> hasLength 5

                for task in student.Tasks do
                    output.Value |> matches $"student in {task}: success \\d+")

            testCase "begin new tasks with the policy that was pre-trained" (fun () ->
                output.Value |> matches @"from the pre-trained policy +1 of 1"
                let first = List.head (returns "adapted")
                first |> isWithin 0.01 (List.last (returns "pretrained"))
                first |> differsFrom (List.head (returns "from-nothing")))
        ]

    testCase "are short" (fun () ->
        for file in Directory.GetFiles(scripts, "*.fsx") do
            File.ReadAllLines file
            |> Array.filter (fun line -> not (Regex.IsMatch(line, @"^\s*(//|$)")))
            |> Array.length
            |> isAtMost 60)
]
