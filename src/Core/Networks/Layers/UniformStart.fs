/// Initial values of dense layers as PyTorch's by default: weights and biases uniform within ±1/√inputs.
///
/// The agents of mtrl initialise actor, critics, encoder and decoder themselves (Glorot's bound, biases 0);
/// transition and reward models keep this default.
module internal MtrlFunctional.Networks.UniformStart

open MtrlFunctional.Tensors

/// The network with these initial values. Layers without a bias, embeddings and convolutions keep theirs.
let apply (network: Module) : Module =
    let inputs = Map(Dense.layers network.Parameters)

    let start parameter =
        match Map.tryFind (Dense.layerOf parameter) inputs with
        | Some inputs -> { parameter with Initialiser = Uniform(1.0 / sqrt (float inputs)) }
        | None -> parameter

    { network with Parameters = List.map start network.Parameters }
