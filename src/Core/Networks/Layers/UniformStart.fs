/// Initial values of dense layers as PyTorch's by default: weights and biases uniform within ±1/√inputs.
///
/// The agents of mtrl initialise actor, critics, encoder and decoder themselves (Glorot's bound, biases 0);
/// transition and reward models keep this default.
module internal MtrlFunctional.Networks.UniformStart

open System.IO
open MtrlFunctional.Tensors

/// The network with these initial values. Layers without a bias, embeddings and convolutions keep theirs.
let apply (network: Module) : Module =
    let layerOf (parameter: Parameter) = Path.GetDirectoryName parameter.Path
    let isOf name (parameter: Parameter) = Path.GetFileName parameter.Path = name

    let layers = network.Parameters |> List.groupBy layerOf

    let bounds =
        Map [
            for layer, parameters in layers do
                let weight = parameters |> List.tryFind (isOf "weight")
                let hasBias = parameters |> List.exists (isOf "bias")

                match Option.bind Dense.tryInputs weight with
                | Some inputs when hasBias -> layer, 1.0 / sqrt (float inputs)
                | _ -> ()
        ]

    let start parameter =
        match Map.tryFind (layerOf parameter) bounds with
        | Some bound -> { parameter with Initialiser = Uniform bound }
        | None -> parameter

    { network with Parameters = List.map start network.Parameters }
