// A network of one's own for policy and value function: a shared tanh trunk, and a head for each task.
//
//   ./mtrl build                                     (once)
//   dotnet fsi scripts/examples/own-network.fsx      (any key=value words may follow)
#load "../mtrl.fsx"

open MtrlFunctional.Networks
open MtrlFunctional.Training

/// A network is data; names lead the paths of its parameters in checkpoints.
let tanhHeads =
    OwnNetwork.OfTasks(
        "tanh-heads",
        fun sizes ->
            Chain.layer [
                "trunk", Spec.mlp sizes.Layers sizes.Units sizes.Units
                "tanh", Activate.layer Tanh
                "head", PerTask.layer (Spec.layers 0 0 sizes.Outputs)
            ]
    )

let extensions = Extensions(Networks = [ tanhHeads ])

let words = [
    "preset=fast/mt1"
    "env=metaworld-mt10"
    "env.tasks=[reach-v3,drawer-close-v3]"
    "agent.multitask.model=own/tanh-heads"
    "setup.name=own-network"
    "setup.seed=1"
    "setup.threads=1"
    "agent.on_policy.batch_size=4000"
    "agent.on_policy.minibatch_size=200"
    "agent.on_policy.activation=relu"
    "agent.on_policy.noise_correlation=0.8"
    "agent.on_policy.steps_after_success=20"
    "experiment.num_train_steps=24000"
    "experiment.eval_freq=8000"
    "experiment.num_eval_episodes=5"
]

let train () =
    let experiment =
        ExperimentBuilder.Resolve(extensions, words @ List.tail (List.ofArray fsi.CommandLineArgs))

    use run = TrainingRun.Start(experiment, extensions)
    run.Run(fun progress -> progress.Lines |> Seq.iter (printfn "%s")) |> ignore
    printfn $"own-network: success {run.LastEvaluation.SuccessEver:P0}, in {run.Folder.Path}"

Script.Run train
