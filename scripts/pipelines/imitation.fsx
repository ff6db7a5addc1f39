// A network of TorchSharp that imitates policies: the actor of MT-PPO with two hidden layers. Its file is a policy as any other.
#load "../mtrl.fsx"

open MtrlFunctional.Agents
open MtrlFunctional.Storage
open MtrlFunctional.Training
open TorchSharp
open type TorchSharp.torch.nn

/// Observations [rows; inputs] to actions [rows; 4].
let network (inputs: int) (units: int) =
    Sequential(Linear(inputs, units), Tanh(), Linear(units, units), Tanh(), Linear(units, 4))

/// Eight passes of Adam over rows and their actions, in minibatches of 256.
let imitate (network: Modules.Sequential) (rows: torch.Tensor) (actions: torch.Tensor) =
    use adam = torch.optim.Adam(network.parameters (), 1e-3)

    for _ in 1L .. 8L * rows.shape[0] / 256L do
        use _ = torch.NewDisposeScope()
        let batch = torch.randint (rows.shape[0], [| 256L |])
        adam.zero_grad ()
        functional.mse_loss(network.forward rows[batch], actions[batch]).backward()
        adam.step () |> ignore

/// Names of garage.
let private names = [
    for layer in [ "_layers.0"; "_layers.1"; "_output_layers.0" ] do
        for kind in [ "weight"; "bias" ] -> $"_module._mean_module.{layer}.linear.{kind}"
]

/// Writes the policy of an experiment that has the network as its actor, and its parameters beside it.
let export (network: Modules.Sequential) experiment path =
    let parameters = [
        for name, tensor in Seq.zip names (network.parameters ()) ->
            SafetensorsEntry.Of(name, tensor.data<float32>().ToArray(), tensor.shape)
    ]

    let written = $"{path}.safetensors"
    SafetensorsWriter.Write(written, parameters, null)
    PolicyImport.Convert(written, StateNames.Garage, experiment, path)
