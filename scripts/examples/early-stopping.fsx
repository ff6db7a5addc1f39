// Early stopping: training ends when the return has not improved in two evaluations.
//
//   ./mtrl build                                        (once)
//   dotnet fsi scripts/examples/early-stopping.fsx      (any key=value words may follow)
#I "../../src/Cli/bin/Release/net10.0"
#r "MtrlFunctional.Kernels.dll"
#r "MtrlFunctional.Core.dll"
#r "MtrlFunctional.dll"

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
                printfn $"step {moment.Step}: return {reached:N1}, best {best.Value:N1}"

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
    "env=metaworld-mt1"
    "env.benchmark.env_name=drawer-close"
    "agent=state_sac"
    "setup.name=early-stopping"
    "setup.seed=1"
    "agent.actor.hidden_dim=64"
    "replay_buffer.batch_size=64"
    "experiment.init_steps=150"
    "experiment.num_train_steps=15000"
    "experiment.eval_freq=300"
    "experiment.num_eval_episodes=2"
]

let train () =
    let experiment =
        ExperimentBuilder.Resolve(words @ List.tail (List.ofArray fsi.CommandLineArgs))

    use run = TrainingRun.Start(experiment, extensions)
    let ending = run.Run()
    printfn $"early-stopping: {ending} at step {run.Step} of {run.TotalSteps}"

Script.Run train
