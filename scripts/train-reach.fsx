// Trains one policy for the task "reach", with small networks, and prints its success rate: half a minute on a quiet core.
//
//   ./mtrl build                              (once)
//   dotnet fsi scripts/train-reach.fsx        (any key=value words may follow)
#load "mtrl.fsx"

open MtrlFunctional.Training

let words = [
    "preset=fast/mt1"
    "env.benchmark.env_name=reach"
    "setup.name=train-reach"
    "setup.seed=1"
    "setup.threads=1"
    "agent.on_policy.batch_size=2000"
    "agent.on_policy.minibatch_size=200"
    "agent.on_policy.activation=relu"
    "agent.on_policy.noise_correlation=0.8"
    "agent.on_policy.steps_after_success=20"
    "experiment.num_train_steps=40000"
    "experiment.eval_freq=10000"
    "experiment.num_eval_episodes=5"
]

let train () =
    let experiment =
        ExperimentBuilder.Resolve(words @ List.tail (List.ofArray fsi.CommandLineArgs))

    use run = TrainingRun.Start experiment

    run.Run(fun progress -> progress.Lines |> Seq.iter (printfn "%s")) |> ignore

    let evaluation = run.LastEvaluation

    printfn
        $"reach: success {evaluation.SuccessEver:P0} after {run.Step} steps, in {run.Folder.Path}"

Script.Run train
