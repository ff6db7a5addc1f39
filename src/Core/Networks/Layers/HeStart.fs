namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// Initial values of dense layers that ReLU follows: weights uniform within ±√(6/inputs), variance 2/inputs (He et al.
/// 2015, arXiv:1502.01852, eq. 10), biases 0. Weights of the last layer are uniform within a bound of their own, so
/// that a policy's first means are near 0.
module HeStart =
    /// The network with these initial values. Maps without a bias, embeddings, convolutions and normalisations keep theirs.
    let internal apply lastBound (network: Module) : Module =
        let layers = Dense.layers network.Parameters
        let inputs, last = Map layers, layers |> List.tryLast |> Option.map fst

        let start (parameter: Parameter) =
            let layer = Dense.layerOf parameter

            match parameter.Initialiser, Map.tryFind layer inputs with
            | _, Some _ when Some layer = last -> { parameter with Initialiser = Uniform lastBound }
            | XavierUniform, Some inputs -> {
                parameter with
                    Initialiser = Uniform(sqrt (6.0 / float inputs))
              }
            | _ -> parameter

        { network with Parameters = List.map start network.Parameters }

    /// `body`, whose dense layers begin uniform within ±√(6/inputs), with biases 0; weights and biases of the last one within
    /// ±`lastBound`.
    let rec layer (lastBound: float) (body: Spec) : Spec =
        body
        |> UniformStart.around "HeStart" [ lastBound; body ] (apply lastBound) (layer lastBound)
