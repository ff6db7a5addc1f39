module MtrlFunctional.Reliability.Tests.Storage.ReaderTests

open Expecto
open System
open System.Threading
open System.Threading.Tasks
open MtrlFunctional.Storage
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Training

/// A run saves as fast as it can and keeps one checkpoint; others read it.
let ``a reader beside a run that saves`` = [
    let saveOnce (checkpoints: Checkpoints) (newest: Checkpoint) step =
        let info =
            CheckpointInfo(
                Step = step,
                Configuration = newest.Info.Configuration,
                ProcessorModel = newest.Info.ProcessorModel,
                Threads = 1,
                Precision = "fp32"
            )

        use writer = checkpoints.Begin(info, 0L)

        for file in newest.Files do
            writer.TakeOver(newest, file.Name)

        let saved = writer.Commit()
        checkpoints.Retain 1
        saved

    testCase "finds a whole checkpoint each time" (fun () ->
        let folder = TestFolder.inMemory "readers"
        let run = SmallRun.train folder []
        let checkpoints = (RunFolder run).Checkpoints
        let mutable newest = nonNull (checkpoints.Latest())
        let mutable saves = 0
        use stop = new CancellationTokenSource()

        let writer =
            Task.Run(fun () ->
                while not stop.IsCancellationRequested do
                    // Every fourth save replaces the one of its own step.
                    let step = newest.Info.Step + (if saves % 4 = 0 then 0L else 1L)
                    newest <- saveOnce checkpoints newest step
                    saves <- saves + 1)

        try
            for _ in 1 .. LongForm.count 200 2_000 do
                checkpoints.Latest(fun skipped -> failtest skipped) |> isNull |> isFalse
                checkpoints.Newest() |> isNull |> isFalse

            for _ in 1 .. LongForm.count 1 100 do
                let notice = Action<string>(fun text -> failtest text)
                let evaluation = RunEvaluation.Evaluate(run, EvaluationOptions(Notice = notice))
                evaluation.Tasks |> hasLength 1

                // What `video` shows, and `demo`.
                use shown = Rollout.OfRun(run, notice)
                shown.Begin 0
                use played = Rollout.OfTask(run, "drawer-close-v3", notice)
                played.Begin 0
        finally
            stop.Cancel()
            writer.Wait()

        saves |> isAbove 20

        LongForm.report
            $"{LongForm.count 1 100} evaluations, and as many policies to show, beside {saves} saves")
]
