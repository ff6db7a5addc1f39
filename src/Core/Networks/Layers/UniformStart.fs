namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// Initial values of dense layers as PyTorch's by default: weights and biases uniform within ±1/√inputs.
///
/// The agents of mtrl initialise actor, critics, encoder and decoder themselves (Glorot's bound, biases 0);
/// transition and reward models keep this default.
module UniformStart =
    /// The network with these initial values. Layers without a bias, embeddings and convolutions keep theirs.
    let internal apply (network: Module) : Module =
        let inputs = Map(Dense.layers network.Parameters)

        let start parameter =
            match Map.tryFind (Dense.layerOf parameter) inputs with
            | Some inputs -> { parameter with Initialiser = Uniform(1.0 / sqrt (float inputs)) }
            | None -> parameter

        { network with Parameters = List.map start network.Parameters }

    /// `body`, built as `start` changes it: a layer of this kind and settings, which `again` makes of other networks.
    let internal around kind settings (start: Module -> Module) again (body: Spec) : Spec = {
        Spec.Of(kind, settings, fun precision path sizes -> start (body.Build precision path sizes)) with
            Errors = body.Errors
            Describe = fun _ _ -> ""
            Parts = Some(fun owners path sizes -> Network.partsOf owners path sizes body)
            ActivationsPerRow = body.ActivationsPerRow
            OnRow = body.OnRow
            Separate = fun () -> body.Separate() |> Option.map again
            MapInner = Some(fun change -> again (change body))
            Dense = body.Dense
    }

    /// `body`, whose dense layers begin uniform within ±1/√inputs, weights and biases.
    let rec layer (body: Spec) : Spec =
        around "UniformStart" [ body ] apply layer body
