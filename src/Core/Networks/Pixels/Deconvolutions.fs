/// The transposed convolutions of a pixel decoder (`DeconvolutionLayers`).
module internal MtrlFunctional.Networks.Deconvolutions

open MtrlFunctional.Tensors

/// Rows of square images [n; filters · s²] through transposed convolutions with filters of 3 × 3, ReLU between them,
/// the last with stride 2 and one row and column more; [n; channels · side²].
let private stack (filters: Tensor[]) (biases: Tensor[]) (x: Tensor) =
    let last = filters.Length - 1

    let convolve h i =
        let stride, added = if i = last then 2L, 1L else 1L, 0L

        let y =
            TorchSharp.torch.nn.functional.conv_transpose2d (
                h,
                filters[i],
                biases[i],
                [| stride; stride |],
                [| 0L; 0L |],
                [| added; added |]
            )

        if i < last then Tensor.relu y else y

    [ 0..last ]
    |> List.fold convolve (Filters.images (Tensor.size 0 filters[0]) x)
    |> Filters.rows

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
                Rows.flat (stack filters biases) input.Rows
    }
