/// The transposed convolutions of a pixel decoder (`DeconvolutionLayers`).
module internal MtrlFunctional.Networks.Deconvolutions

open MtrlFunctional.Tensors

/// The transposed convolutions at `path`; the input has [filters; side; side] features.
let build path (layers: DeconvolutionLayers) : Module =
    let last = layers.Layers - 1

    {
        Parameters =
            [ 0..last ]
            |> List.collect (fun i ->
                let outputs = if i = last then layers.Channels else layers.Filters
                Images.parameters path i layers.Filters outputs outputs)
        Fixed = []
        Width = layers.Channels * PixelLayers.frame
        Run =
            fun weights input ->
                // Stride 2 from 41 gives 83; the output padding adds the last row and column of the frame.
                let deconvolve x (i, (weight, bias)) =
                    if i = last then
                        Ops.ConvolveTransposed(x, weight, bias, 2L, 1L, false)
                    else
                        Ops.ConvolveTransposed(x, weight, bias, 1L, 0L, true)

                Images.layers path layers.Layers weights
                |> List.indexed
                |> List.fold deconvolve (Images.ofRows (PixelLayers.side layers.Layers) input.Rows)
                |> Images.toRows (Ops.Size(input.Rows, 0))
    }
