namespace MtrlFunctional.Networks

open MtrlFunctional.Tensors

/// The transposed convolutions that mirror `ConvolutionLayers`: 3×3, the last convolution has stride 2 and a linear
/// output of [Channels; 84; 84], ReLU follows the others.
type DeconvolutionLayers = {
    /// 2, 4 or 6.
    Layers: int
    /// Channels of the input and of each output but the last.
    Filters: int
    /// Channels of the image.
    Channels: int
}

/// The transposed convolutions of a pixel decoder (`DeconvolutionLayers`).
module Deconvolutions =
    /// Rows of square images [n; filters · s²] through transposed convolutions with filters of 3 × 3, ReLU between them,
    /// the last with stride 2 and one row and column more; [n; channels · side²].
    let private stack (filters: Tensor[]) (biases: Tensor[]) (x: Tensor) =
        let last = filters.Length - 1

        let convolve h i =
            let stride, added = if i = last then 2L, 1L else 1L, 0L
            let inputs = Filters.padded 0 filters[i]

            let weight, bias =
                if i = last then
                    inputs, biases[i]
                else
                    Filters.padded 1 inputs, Filters.padded 0 biases[i]

            // Added by oneDNN, the bias takes as long as the products (libtorch 2.10).
            let y =
                TorchSharp.torch.nn.functional.conv_transpose2d (
                    h,
                    weight,
                    null,
                    [| stride; stride |],
                    [| 0L; 0L |],
                    [| added; added |]
                )
                .+ Tensor.reshape [| 1L; -1L; 1L; 1L |] bias

            if i < last then y.relu_ () else y

        [ 0..last ]
        |> List.fold convolve (Filters.padded 1 (Filters.images (Tensor.size 0 filters[0]) x))
        |> Filters.rows

    /// The transposed convolutions at `path`; the input has [filters; side; side] features.
    let internal build path (layers: DeconvolutionLayers) : Module =
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

    let private errors (sizes: InputSizes) (layers: DeconvolutionLayers) =
        let needed = PixelLayers.features layers.Layers layers.Filters

        if PixelLayers.isCount layers.Layers then
            SpecError.NoFeatureMaps(sizes.Features, needed)
            |> SpecError.unless (sizes.Features = needed)
        else
            [ SpecError.DeconvolutionCount layers.Layers ]

    /// Rows of [filters; side; side] to rows of pixels: the last part of a pixel decoder.
    let rec layer (layers: DeconvolutionLayers) : Spec = {
        Spec.Of("Deconvolutions", [ layers ], fun _ path _ -> build path layers) with
            Errors = fun sizes -> errors sizes layers
            Describe =
                fun _ _ ->
                    let input = PixelLayers.describe layers.Filters (PixelLayers.side layers.Layers)
                    let image = PixelLayers.describe layers.Channels PixelLayers.Frame
                    $"{layers.Layers} transposed convolutions 3×3, {input} → {image}"
            // From the smallest image to the largest; the first is the input.
            ActivationsPerRow =
                fun _ _ ->
                    float (layers.Channels * PixelLayers.frame)
                    + Convolutions.outputs layers.Filters (PixelLayers.sides (layers.Layers - 1))
            OnRow = fun _ _ _ -> Error "a decoder of images"
            Separate = fun () -> Some(ForEachTask.layer (layer layers))
    }
