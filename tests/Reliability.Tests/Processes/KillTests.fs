module MtrlFunctional.Reliability.Tests.Processes.KillTests

open Expecto
open System.IO
open MtrlFunctional.Storage
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Training

/// The program as a process of its own, killed without warning.
let ``a training process`` = [
    let folder = TestFolder.create "kill"

    let words name =
        TrainingProcess.words
            folder
            name
            (Words.split
                "experiment.num_train_steps=160 experiment.eval_freq=80 experiment.save_freq=20")

    let run name = Path.Combine(folder, name, "seed-1")

    let result name =
        let newest = nonNull ((RunFolder(run name)).Checkpoints.Latest())
        newest.Info.Step |> equals 160L
        SmallRun.hashes newest

    /// Killed after a save, in the long form after two; and a run in this process.
    let killedEqualsWhole networks name =
        let whole, killed = $"{name}-whole", $"{name}-killed"

        using
            (TrainingRun.Start(ExperimentBuilder.Resolve(List.skip 2 (words whole) @ networks)))
            (fun run -> run.Run() |> ignore)

        let resume = [ "resume"; run killed; "--plain" ]

        let kills =
            List.truncate (LongForm.count 1 2) [ words killed @ networks, 40L; resume, 80L ]

        for command, step in kills do
            use running = ChildProcess.start command
            ChildProcess.awaitCheckpoint running (run killed) step
            running.Kill true
            running.WaitForExit()

        using (TrainingRun.Resume(run killed)) (fun run -> run.Run() |> equals TrainingEnd.Finished)
        result killed |> equals (result whole)

    testCase
        "killed and resumed ends as if nothing had happened, with its replay on a disk"
        (fun () ->
            killedEqualsWhole [ "replay_buffer.backing=file"; "replay_buffer.capacity=200" ] "disk"
            let newest = nonNull ((RunFolder(run "disk-killed")).Checkpoints.Latest())
            [ for file in newest.Files -> file.Name ] |> hasWith "replay/records-"
            Path.Combine(run "disk-killed", ".replay") |> isAbsent)
]
