/// A hypernetwork: the parameters of the target network are computed from the context of the task,
/// θ_τ = θ + M h(z_τ).
///
/// Paper: Beck et al. 2022, "Hypernetworks in Meta-Reinforcement Learning", arXiv:2210.11348, and
/// its initialisation, Bias-HyperInit: the last map of the hypernetwork has zero weights and, as bias,
/// the initial values of a plain network. At first all tasks have the same network; M has a gradient
/// from the first update on, h and z from the second. Where this differs from the paper:
///   [1] z is the encoding of a given task (task encoder), not a belief over an unknown one;
///   [2] actor and critics have a hypernetwork each, and share z.
module internal MtrlFunctional.Networks.Hypernetwork

open MtrlFunctional.Tensors

/// h: its parameters, the size of its output and its function, [tasks; size].
let private encoder path (sizes: InputSizes) (hidden: int list) =
    match List.rev hidden with
    | [] ->
        let run _ input =
            Ops.Squeeze(NetworkInput.context input, 1L)

        [], sizes.Context, run
    | last :: before ->
        let layers = { Hidden = List.rev before; Output = last; Activation = Relu }

        let network =
            Mlp.build
                Precision.Full
                (Parameter.join path "maker")
                { sizes with Features = sizes.Context }
                layers

        let run weights input =
            let h = network.Run weights { input with Rows = NetworkInput.context input }
            Ops.Squeeze(Ops.Relu h, 1L)

        network.Parameters, last, run

/// The network at `path`, for an input of the given sizes. The paths of θ are those of a plain network;
/// those of M end in "added/weight" and "added/bias".
let build path (sizes: InputSizes) (hyper: HyperLayers) : Module =
    let parameters, size, encode = encoder path sizes hyper.HypernetworkHidden
    let layerPath i = Parameter.join path (string i)
    let added i = Parameter.join (layerPath i) "added"

    {
        Parameters = [
            yield! parameters

            for i, (inputs, units) in Layers.sizes sizes.Features hyper.Target |> List.indexed do
                yield! Dense.parameters (layerPath i) inputs units
                yield! Dense.stack (added i) Zeros size inputs units
        ]
        Fixed = []
        Width = hyper.Target.Output
        Run =
            fun weights input ->
                let h = encode weights input

                let layer i =
                    let sum name =
                        Blend.sum h weights[Parameter.join (added i) name]
                        .+ weights[Parameter.join (layerPath i) name]

                    sum "weight", sum "bias"

                Blend.run hyper.Target layer input.Rows
    }
