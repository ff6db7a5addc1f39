// Early stopping: training ends when the return has not improved in two evaluations.
//
//   ./mtrl build                                        (once)
//   dotnet fsi scripts/examples/early-stopping.fsx      (any key=value words may follow)
#load "../mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Training

/// Stops after `patience` evaluations in a row without a better return.
let earlyStopping patience =
    let best, waited = ref -infinity, ref 0

    Callbacks(
        OnEvaluation =
            (fun moment ->
                let reached = moment.Evaluation.Return
                waited.Value <- if reached > best.Value then 0 else waited.Value + 1
                best.Value <- max best.Value reached

                printfn
                    $"step {moment.Step}: success {moment.Evaluation.SuccessEver:P0}, return {reached:N0}, best {best.Value:N0}"

                if waited.Value < patience then
                    RunDecision.Continue
                else
                    RunDecision.Stop),
        OnCheckpoint =
            (fun moment ->
                let policy = moment.Policy
                let action = Array.zeroCreate<float32> policy.ActionSize
                policy.Act(Array.zeroCreate<float32> policy.ObservationSize, 0, action)
                printfn $"checkpoint at step {moment.Step}; first action %A{action}"
                RunDecision.Continue)
    )

let extensions = Extensions(Callbacks = earlyStopping 2)

Experiment.preset "first/reach"
|> Experiment.withEnvironment (fun env -> { env with BenchmarkTask = "drawer-close-v3" })
|> Experiment.withName "early-stopping"
|> Experiment.withSchedule (fun schedule -> {
    schedule with
        NumTrainSteps = 200_000
        EvalFreq = 6_000
})
|> Experiment.withWords (Run.words ())
|> Run.trainWith extensions
