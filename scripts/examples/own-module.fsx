// A torch.nn.Module of one's own as the trunk of policy and value function: trained, saved, resumed and evaluated.
//
//   ./mtrl build                                     (once)
//   dotnet fsi scripts/examples/own-module.fsx       (any key=value words may follow)
#load "../mtrl.fsx"

open MtrlFunctional
open MtrlFunctional.Experiments
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
    TaskModel.OfTasks(
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

let experiment =
    Experiment.preset "first/two-tasks"
    |> Experiment.withParts extensions.Additions
    |> Experiment.withNetwork "own/own-trunk"
    |> Experiment.withName "own-module"
    |> Experiment.withWords (Run.words ())

Run.trainWith (Extensions(Networks = [ ownTrunk ], Callbacks = halfway)) experiment
// Continues where the first part ended.
Run.trainWith extensions experiment
