// A torch.nn.Module of one's own as the trunk of actor and critics: trained, saved, resumed and evaluated.
//
//   ./mtrl build                                     (once)
//   dotnet fsi scripts/examples/own-module.fsx       (any key=value words may follow)
#I "../../src/Cli/bin/Release/net10.0"
#r "TorchSharp.dll"
#r "MtrlFunctional.Kernels.dll"
#r "MtrlFunctional.Core.dll"
#r "MtrlFunctional.dll"

open MtrlFunctional.Networks
open MtrlFunctional.Training
open TorchSharp
open TorchSharp.Modules

/// A gated layer, (W x + b) ∘ σ(V x + c), scaled by a gain for each unit.
type Trunk(inputs: int, units: int) as this =
    inherit torch.nn.Module<torch.Tensor, torch.Tensor>("trunk")
    let value = torch.nn.Linear(inputs, units)
    let gate = torch.nn.Linear(inputs, units)
    let gain = new Parameter(torch.ones units)
    do this.RegisterComponents()

    override _.forward rows =
        value.forward rows * torch.sigmoid (gate.forward rows) * gain

let ownTrunk =
    OwnNetwork.OfTasks(
        "own-trunk",
        fun sizes ->
            Chain.layer [
                "trunk", ModuleLayer.Of(fun inputs -> new Trunk(inputs, sizes.Units))
                "head", PerTask.layer (Spec.layers 0 0 sizes.Outputs)
            ]
    )

/// Ends the first part of the run at its first evaluation after the start.
let halfway =
    Callbacks(
        OnEvaluation =
            fun moment ->
                if moment.Step > 0L then
                    RunDecision.Stop
                else
                    RunDecision.Continue
    )

let extensions = Extensions(Networks = [ ownTrunk ])

let words = [
    "env=metaworld-mt10"
    "env.tasks=[reach-v3,drawer-close-v3]"
    "agent=state_sac"
    "agent.multitask.model=own/own-trunk"
    "setup.name=own-module"
    "setup.seed=1"
    "agent.actor.hidden_dim=64"
    "replay_buffer.batch_size=64"
    "experiment.init_steps=150"
    "experiment.num_train_steps=600"
    "experiment.eval_freq=300"
    "experiment.num_eval_episodes=2"
]

let train () =
    let stopping = Extensions(Networks = [ ownTrunk ], Callbacks = halfway)

    let experiment =
        ExperimentBuilder.Resolve(stopping, words @ List.tail (List.ofArray fsi.CommandLineArgs))

    let folder =
        using (TrainingRun.Start(experiment, stopping)) (fun run ->
            let ending = run.Run()
            printfn $"own-module: {ending} at step {run.Step} of {run.TotalSteps}"
            run.Folder.Path)

    use run = TrainingRun.Resume(folder, extensions)
    run.Run(fun progress -> progress.Lines |> Seq.iter (printfn "%s")) |> ignore

    printfn
        $"own-module: success {run.LastEvaluation.SuccessEver:P0} after {run.Step} steps, in {folder}"

Script.Run train
