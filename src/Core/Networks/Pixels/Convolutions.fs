/// The convolutions of a pixel encoder (`ConvolutionLayers`).
///
/// The output is in the element type of the weights; the input is of any, usually bytes. Products are never
/// rounded to bfloat16.
module internal MtrlFunctional.Networks.Convolutions

open MtrlFunctional.Tensors

/// Largest value of a pixel; the convolutions read pixels as numbers in [0, 1].
[<Literal>]
let private White = 255.0

/// The convolutions at `path`, for an input of the given sizes.
let build path (sizes: InputSizes) (layers: ConvolutionLayers) : Module =
    let channels = sizes.Features / PixelLayers.frame

    {
        Parameters =
            [ 0 .. layers.Layers - 1 ]
            |> List.collect (fun i ->
                let inputs = if i = 0 then channels else layers.Filters
                Images.parameters path i layers.Filters inputs layers.Filters)
        Fixed = []
        Width = PixelLayers.features layers.Layers layers.Filters
        Run =
            fun weights input ->
                let parameters = Images.layers path layers.Layers weights
                let numeric = parameters |> List.head |> fst |> Ops.NumericOf

                let convolve x (i, (weight, bias)) =
                    let stride = if i = 0 then 2L else 1L
                    Ops.Convolve(x, weight, bias, stride, true)

                let pixels = Ops.ToType(Images.ofRows PixelLayers.Frame input.Rows, numeric)

                parameters
                |> List.indexed
                |> List.fold convolve (Ops.DivScalar(pixels, White))
                |> Images.toRows (Ops.Size(input.Rows, 0))
    }
