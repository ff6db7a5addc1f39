module MtrlFunctional.Reliability.Tests.Processes.LongStepTests

open Expecto
open Expecto.Flip
open System
open System.IO
open System.Threading
open MtrlFunctional.Experiments
open MtrlFunctional.Storage
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Training

/// The first step after the random actions performs all updates that they omitted.
let ``a step of many updates`` = [
    let folder = TestFolder.create "step"

    let experiment =
        let words =
            TrainingProcess.words folder "step" [
                "experiment.init_steps=60"
                "experiment.num_train_steps=70"
            ]

        lazy (Experiment.resolve (List.skip 2 words) |> ok |> fst)

    /// Trains to the end; stops, saves and resumes after each of the numbers of updates. Hashes of what the
    /// last checkpoint holds.
    let rec train name (checkpoint: Checkpoint | null) (stops: int64 list) =
        let run = RunFolder(Path.Combine(folder, name))
        Directory.CreateDirectory run.Path |> ignore
        use trainer = new OffPolicyTrainer(experiment.Value, checkpoint, Extensions.None)

        match checkpoint with
        | null -> trainer.Begin()
        | saved -> RunState.Load(saved, trainer)

        use logs = new RunLogs(run, DateTimeOffset.UnixEpoch, false, null)

        let isStopped () =
            List.tryHead stops = Some trainer.Learner.Updates

        while trainer.State.Step < 70L && not (isStopped ()) do
            trainer.Advance(ignore, CancellationToken.None)

        let saved = RunState.Save(run, logs, trainer, checkpoint)

        if isStopped () then
            saved.Info.Step |> equals 60L
            train name saved stops.Tail
        else
            SmallRun.hashes saved

    testCase "stopped between updates and resumed ends as if it had not been stopped" (fun () ->
        let whole = train "whole" null []
        let random = Random 15

        for case in 1 .. LongForm.count 1 59 do
            let stops =
                List.init 3 (fun _ -> random.NextInt64(1L, 60L)) |> List.distinct |> List.sort

            train $"stopped-{case}" null stops |> Expect.equal $"{stops}" whole)
]
