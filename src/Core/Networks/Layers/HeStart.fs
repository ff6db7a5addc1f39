/// Initial values of dense layers that ReLU follows: weights uniform within ±√(6/inputs), variance 2/inputs (He et al. 2015,
/// arXiv:1502.01852, eq. 10), biases 0. Those of the last layer are uniform within a bound of their own, so that a policy's
/// first means are near 0.
module internal MtrlFunctional.Networks.HeStart

open System.IO
open MtrlFunctional.Tensors

/// The network with these initial values. Embeddings, convolutions and normalisations keep theirs.
let apply lastBound (network: Module) : Module =
    let layerOf (parameter: Parameter) = Path.GetDirectoryName parameter.Path

    let last =
        network.Parameters
        |> List.tryFindBack (Dense.tryInputs >> Option.isSome)
        |> Option.map layerOf

    let start parameter =
        match Dense.tryInputs parameter with
        | _ when Some(layerOf parameter) = last -> {
            parameter with
                Initialiser = Uniform lastBound
          }
        | Some inputs -> { parameter with Initialiser = Uniform(sqrt (6.0 / float inputs)) }
        | None -> parameter

    { network with Parameters = List.map start network.Parameters }
