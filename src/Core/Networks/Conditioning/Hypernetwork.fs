/// A hypernetwork: what is known of the task decides the parameters of the network that its rows
/// meet, θ_τ = θ + M h(z_τ).
///
/// Paper: Beck et al. 2022, "Hypernetworks in Meta-Reinforcement Learning", arXiv:2210.11348, and
/// its start, Bias-HyperInit: the last map of the hypernetwork has zero weights and, as bias, the
/// start of a plain network. All tasks begin with one good network; the map learns in the first
/// update, all before it from the second on. Where this differs from the paper:
///   [1] z is the encoding of a known task (task encoder), not a belief over an unknown one;
///   [2] actor and critics have each a hypernetwork, and share z.
module internal MtrlFunctional.Networks.Hypernetwork

open MtrlFunctional.Tensors

/// h, [tasks; numbers], with its parameters and how many numbers it has.
let private maker path (widths: InputSizes) (hidden: int list) =
    match List.rev hidden with
    | [] ->
        let run _ signal =
            Ops.Squeeze(NetworkInput.context signal, 1L)

        [], widths.Context, run
    | last :: before ->
        let layers = { Hidden = List.rev before; Output = last; Activation = Relu }

        let network =
            Mlp.build
                Precision.Full
                (Parameter.join path "maker")
                { widths with Features = widths.Context }
                layers

        let run weights signal =
            let h = network.Run weights { signal with Rows = NetworkInput.context signal }
            Ops.Squeeze(Ops.Relu h, 1L)

        network.Parameters, last, run

/// The network at `path`, for an input of the given widths. Without what M adds, its parameters
/// have the paths of a plain network.
let build path (widths: InputSizes) (hyper: HyperLayers) : Module =
    let parameters, numbers, encode = maker path widths hyper.HypernetworkHidden
    let place i = Parameter.join path (string i)
    let added i = Parameter.join (place i) "added"

    {
        Parameters = [
            yield! parameters

            for i, (inputs, units) in Layers.sizes widths.Features hyper.Target |> List.indexed do
                yield! Dense.parameters (place i) inputs units
                yield! Dense.stack (added i) Zeros numbers inputs units
        ]
        Fixed = []
        Width = hyper.Target.Output
        Run =
            fun weights signal ->
                let h = encode weights signal

                let layer i =
                    let made name =
                        Blend.sum h weights[Parameter.join (added i) name]
                        .+ weights[Parameter.join (place i) name]

                    made "weight", made "bias"

                Blend.run hyper.Target layer signal.Rows
    }
