// A network of one's own for actor and critics: a shared tanh trunk, and a head for each task.
//
//   ./mtrl build                                     (once)
//   dotnet fsi scripts/examples/own-network.fsx      (any key=value words may follow)
#I "../../src/Cli/bin/Release/net10.0"
#r "MtrlFunctional.Kernels.dll"
#r "MtrlFunctional.Core.dll"
#r "MtrlFunctional.dll"

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
    "env=metaworld-mt10"
    "env.tasks=[reach-v3,drawer-close-v3]"
    "agent=state_sac"
    "agent.multitask.model=own/tanh-heads"
    "setup.name=own-network"
    "setup.seed=1"
    "agent.actor.hidden_dim=64"
    "replay_buffer.batch_size=64"
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
    printfn $"own-network: success {run.LastEvaluation.SuccessEver:P0}, in {run.Folder.Path}"

Script.Run train
