// Early stopping: training ends when the return has not improved in two evaluations.
//
//   ./mtrl build                                        (once)
//   dotnet fsi scripts/examples/early-stopping.fsx      (any key=value words may follow)
#load "../mtrl.fsx"

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

let words = [
    "preset=fast/mt1"
    "env.benchmark.env_name=drawer-close"
    "setup.name=early-stopping"
    "setup.seed=1"
    "setup.threads=1"
    "agent.on_policy.batch_size=2000"
    "agent.on_policy.minibatch_size=200"
    "agent.on_policy.activation=relu"
    "agent.on_policy.noise_correlation=0.8"
    "agent.on_policy.steps_after_success=20"
    "experiment.num_train_steps=200000"
    "experiment.eval_freq=6000"
    "experiment.num_eval_episodes=5"
]

let train () =
    let experiment =
        ExperimentBuilder.Resolve(words @ List.tail (List.ofArray fsi.CommandLineArgs))

    use run = TrainingRun.Start(experiment, extensions)
    let ending = run.Run()
    printfn $"early-stopping: {ending} at step {run.Step} of {run.TotalSteps}"

Script.Run train
