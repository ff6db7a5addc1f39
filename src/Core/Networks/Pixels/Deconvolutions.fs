/// The transposed convolutions of a pixel decoder (`DeconvolutionLayers`).
module internal MtrlFunctional.Networks.Deconvolutions

open MtrlFunctional.Tensors

/// The transposed convolutions at `path`; the input has [filters; side; side] features.
let build path (layers: DeconvolutionLayers) : Module =
    let parameters i =
        let isLast = i = layers.Layers - 1
        let outputs = if isLast then layers.Channels else layers.Filters
        Filters.parameters path i layers.Filters outputs outputs

    {
        Parameters = List.collect parameters [ 0 .. layers.Layers - 1 ]
        Fixed = []
        Width = layers.Channels * PixelLayers.frame
        Run =
            fun weights input ->
                let filters, biases = Filters.tensors path layers.Layers weights
                Rows.flat (fun x -> Ops.DeconvolutionStack(x, filters, biases)) input.Rows
    }
