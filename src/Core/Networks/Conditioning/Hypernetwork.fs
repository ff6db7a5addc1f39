namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// Layers whose parameters a hypernetwork computes from the context, for each task.
/// Source: Beck et al. 2022, arXiv:2210.11348.
type internal HyperLayers = {
    /// The network whose parameters are computed.
    Target: Layers
    /// Hidden layers of the hypernetwork; empty: one linear map of the context.
    HypernetworkHidden: int list
}

/// A hypernetwork: the parameters of the target network are computed from the context of the task,
/// θ_τ = θ + M h(z_τ).
///
/// Paper: Beck et al. 2022, "Hypernetworks in Meta-Reinforcement Learning", arXiv:2210.11348, and
/// its initialisation, Bias-HyperInit: the last map of the hypernetwork has zero weights and, as bias,
/// the initial values of a plain network. At first all tasks have the same network; M has a gradient
/// from the first update on, h and z from the second. Where this differs from the paper:
///   [1] z is the encoding of a given task (task encoder), not a belief over an unknown one;
///   [2] actor and critics have a hypernetwork each, and share z.
module internal Hypernetwork =
    /// h: its parameters, the size of its output and its function, [tasks; size].
    let private encoder path (sizes: InputSizes) (hidden: int list) =
        match List.rev hidden with
        | [] ->
            let run _ input =
                Tensor.squeeze 1 (NetworkInput.context input)

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
                Tensor.squeeze 1 (Tensor.relu h)

            network.Parameters, last, run

    let private layerPath path i = Parameter.join path (string i)

    let private added path i =
        Parameter.join (layerPath path i) "added"

    /// The outputs h of the hypernetwork, and 1 for θ, of which each task has one.
    let private coefficients h =
        Tensor.cat 1 [| h; Draw.constant (TensorOptions.ofTensor h) 1.0 [| Tensor.size 0 h; 1L |] |]

    /// M and θ.
    let private sets path (weights: Weights) i name =
        Tensor.cat 0 [|
            weights[Parameter.join (added path i) name]
            Tensor.unsqueeze 0 weights[Parameter.join (layerPath path i) name]
        |]

    let private sum path weights h i name =
        Blend.sum (coefficients h) (sets path weights i name)

    /// Weight [tasks; inputs; units] and bias [tasks; units] of layer `i` for the outputs h of the hypernetwork.
    let private layerOf path weights h i =
        sum path weights h i "weight", sum path weights h i "bias"

    /// Layer `i` for the outputs h of the hypernetwork.
    let private blendedOf path weights h i : Blend.BlendedLayer = {
        Coefficients = coefficients h
        Sets = sets path weights i "weight"
        Bias = sum path weights h i "bias"
    }

    /// As `layerOf`, for the context of each task, [tasks; 1; width].
    let mapsOf path (hyper: HyperLayers) (weights: Weights) (context: Tensor) =
        let sizes = {
            Tasks = int (Tensor.size 0 context)
            Features = 0
            Context = int (Tensor.size 2 context)
        }

        let _, _, encode = encoder path sizes hyper.HypernetworkHidden

        { NetworkInput.ofRows context with Context = Some context }
        |> encode weights
        |> layerOf path weights

    /// The network at `path`, for an input of the given sizes. The paths of θ are the paths of a plain network; the paths
    /// of M end in "added/weight" and "added/bias".
    let build path (sizes: InputSizes) (hyper: HyperLayers) : Module =
        let parameters, size, encode = encoder path sizes hyper.HypernetworkHidden

        {
            Parameters = [
                yield! parameters

                for i, (inputs, units) in Layers.sizes sizes.Features hyper.Target |> List.indexed do
                    yield! Dense.parameters (layerPath path i) inputs units
                    yield! Dense.stack (added path i) Zeros size inputs units
            ]
            Fixed = []
            Width = hyper.Target.Output
            Run =
                fun weights input ->
                    let layer = encode weights input |> blendedOf path weights
                    Blend.runBlended hyper.Target input.IsByRow layer input.Rows
        }

    let private activations isByRow (sizes: InputSizes) (hyper: HyperLayers) =
        let sets =
            List.tryLast hyper.HypernetworkHidden |> Option.defaultValue sizes.Context

        float (if isByRow then 1 + sets else 1) * Layers.units hyper.Target

    /// With the context of the row: parameters are rows.
    let private rowsByRow (hyper: HyperLayers) source path row z =
        let h =
            match List.rev hyper.HypernetworkHidden with
            | [] -> z
            | last :: before ->
                let layers = { Hidden = List.rev before; Output = last; Activation = Relu }
                denseStack source (Parameter.join path "maker") layers z |> activate Relu

        let layer i =
            let parameter name =
                blend (weight source (added path i) name) (weight source (layerPath path i) name) h

            affineBy (parameter "weight") (parameter "bias")

        RowDense.stack hyper.Target layer row

    let private rowsOf (hyper: HyperLayers) (source: RowSource) path row =
        match source.RowContext with
        | Some z -> Ok(rowsByRow hyper source path row z)
        | None ->
            contextOf source "A hypernetwork"
            |> mapsOf path hyper source.Weights
            |> fun maps -> Ok(mapStack hyper.Target maps row)

    /// Layers whose parameters are computed from the context.
    let rec layer (hyper: HyperLayers) : Spec = {
        Spec.Of("Hypernetwork", [ hyper ], fun _ path sizes -> build path sizes hyper) with
            Errors = fun sizes -> SpecError.readsContext ContextReader.Hypernetwork sizes []
            Describe =
                fun _ sizes ->
                    let sizesOfHypernetwork =
                        sizes.Context :: hyper.HypernetworkHidden
                        |> List.map string
                        |> String.concat " → "

                    $"{Layers.describe sizes.Features hyper.Target}, parameters computed from the task encoding of {sizesOfHypernetwork}"
            UsesTask = true
            ActivationsPerRow = fun isByRow sizes -> activations isByRow sizes hyper
            OnRow = rowsOf hyper
            Activated = Some(fun activation -> layer { hyper with Target.Activation = activation })
    }
