// A torch.nn.Module of one's own as the trunk of policy and value function: trained, saved, resumed and evaluated.
//
//   ./mtrl build                                     (once)
//   dotnet fsi scripts/examples/own-module.fsx       (any key=value words may follow)
#load "../mtrl.fsx"

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
    "preset=fast/mt1"
    "env=metaworld-mt10"
    "env.tasks=[reach-v3,drawer-close-v3]"
    "agent.multitask.model=own/own-trunk"
    "setup.name=own-module"
    "setup.seed=1"
    "setup.threads=1"
    "agent.on_policy.batch_size=4000"
    "agent.on_policy.minibatch_size=200"
    "agent.on_policy.activation=relu"
    "agent.on_policy.noise_correlation=0.8"
    "agent.on_policy.steps_after_success=20"
    "experiment.num_train_steps=16000"
    "experiment.eval_freq=8000"
    "experiment.num_eval_episodes=5"
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
