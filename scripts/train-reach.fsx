// Trains one policy for the task "reach", with small networks, and prints its success rate.
//
//   ./mtrl build                              (once)
//   dotnet fsi scripts/train-reach.fsx        (any key=value words may follow)
#I "../src/Cli/bin/Release/net10.0"
#r "MtrlFunctional.Kernels.dll"
#r "MtrlFunctional.Core.dll"
#r "MtrlFunctional.dll"

open MtrlFunctional.Training

let words = [
    "env=metaworld-mt1"
    "env.benchmark.env_name=reach"
    "agent=state_sac"
    "setup.name=train-reach"
    "setup.seed=1"
    "agent.actor.hidden_dim=64"
    "replay_buffer.batch_size=64"
    "experiment.init_steps=300"
    "experiment.num_train_steps=1500"
    "experiment.eval_freq=750"
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
