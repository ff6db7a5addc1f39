// Trains two tasks with a method of gradient surgery of its own.
//
//   dotnet fsi Mtrlscript.fsx      (any key=value words may follow)
#r "nuget: MtrlFunctional, 0.1.0"

open MtrlFunctional.Surgery
open MtrlFunctional.Training

/// Tasks whose gradient points against the mean gradient are left out.
let agreement =
    Method.Create(
        "agreement",
        fun problem ->
            let mean = Array.create problem.Gram.Size (1.0 / float problem.Gram.Size)
            let products = Gram.along problem.Gram mean
            Array.map2 (fun weight product -> if product > 0.0 then weight else 0.0) mean products
    )

let extensions = Extensions(Surgery = [ agreement ])

let words = [
    "preset=fast/mt1"
    "env=metaworld-mt10"
    "env.tasks=[reach-v3,drawer-close-v3]"
    "agent.surgery.method=agreement"
    "setup.name=Mtrlscript"
    "setup.seed=1"
    "setup.threads=1"
    "agent.on_policy.batch_size=4000"
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
        ExperimentBuilder.Resolve(extensions, words @ List.tail (List.ofArray fsi.CommandLineArgs))

    use run = TrainingRun.Start(experiment, extensions)
    run.Run(fun progress -> progress.Lines |> Seq.iter (printfn "%s")) |> ignore
    printfn $"success {run.LastEvaluation.SuccessEver:P0}, in {run.Folder.Path}"

Script.Run train
