/// The convolutions of a pixel encoder (`ConvolutionLayers`).
///
/// The output is in the element type of the weights; the input is of any, usually bytes. Products are never
/// rounded to bfloat16.
module internal MtrlFunctional.Networks.Convolutions

open MtrlFunctional.Tensors

/// The largest value of a pixel, which becomes 1.
[<Literal>]
let White = 255.0

/// Rows of square images [n; channels · side²] through convolutions with filters of 3 × 3, the first with stride 2,
/// ReLU after each; [n; units · s²].
let private stack (filters: Tensor[]) (biases: Tensor[]) (x: Tensor) =
    let pixels = Tensor.divScalar White (Tensor.toType (Tensor.scalarType filters[0]) x)

    let convolve h i =
        let stride = if i = 0 then 2L else 1L

        TorchSharp.torch.nn.functional.conv2d (h, filters[i], biases[i], [| stride; stride |])
        |> Tensor.relu

    [ 0 .. filters.Length - 1 ]
    |> List.fold convolve (Filters.images (Tensor.size 1 filters[0]) pixels)
    |> Filters.rows

/// The convolutions at `path`, for an input of the given sizes.
let build path (sizes: InputSizes) (layers: ConvolutionLayers) : Module =
    let channels = sizes.Features / PixelLayers.frame

    let parameters i =
        let inputs = if i = 0 then channels else layers.Filters
        Filters.parameters path i layers.Filters inputs layers.Filters

    {
        Parameters = List.collect parameters [ 0 .. layers.Layers - 1 ]
        Fixed = []
        Width = PixelLayers.features layers.Layers layers.Filters
        Run =
            fun weights input ->
                let filters, biases = Filters.tensors path layers.Layers weights
                Rows.flat (stack filters biases) input.Rows
    }
