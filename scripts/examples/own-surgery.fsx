// A method of gradient surgery of one's own: tasks whose gradient points against the mean gradient are left out.
//
//   ./mtrl build                                     (once)
//   dotnet fsi scripts/examples/own-surgery.fsx      (any key=value words may follow)
#I "../../src/Cli/bin/Release/net10.0"
#r "MtrlFunctional.Kernels.dll"
#r "MtrlFunctional.Core.dll"
#r "MtrlFunctional.dll"

open MtrlFunctional.Surgery
open MtrlFunctional.Training

/// A coefficient for each task, from the inner products of the tasks' gradients.
let agreement =
    Method.Create(
        "agreement",
        fun problem ->
            let gram = problem.Gram
            let mean = Array.create gram.Size (1.0 / float gram.Size)
            // ⟨gradient of a task, mean gradient⟩.
            let products = Gram.along gram mean
            Array.map2 (fun weight product -> if product > 0.0 then weight else 0.0) mean products
    )

let extensions = Extensions(Surgery = [ agreement ])

let words = [
    "env=metaworld-mt10"
    "env.tasks=[reach-v3,push-v3,drawer-close-v3]"
    "agent=state_sac"
    "agent.surgery.method=agreement"
    "setup.name=own-surgery"
    "setup.seed=1"
    "agent.actor.hidden_dim=64"
    "replay_buffer.batch_size=96"
    "experiment.init_steps=150"
    "experiment.num_train_steps=600"
    "experiment.eval_freq=300"
    "experiment.num_eval_episodes=2"
]

let train () =
    let experiment =
        ExperimentBuilder.Resolve(extensions, words @ List.tail (List.ofArray fsi.CommandLineArgs))

    use run = TrainingRun.Start(experiment, extensions)
    run.Run(fun progress -> progress.Lines |> Seq.iter (printfn "%s")) |> ignore
    printfn $"own-surgery: success {run.LastEvaluation.SuccessEver:P0}, in {run.Folder.Path}"

Script.Run train
