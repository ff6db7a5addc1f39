namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// Convolutions of a pixel encoder: 3×3 without padding, the first with stride 2, ReLU after each. Their input
/// is rows of stacked frames, [channels; 84; 84], of numbers 0 … 255. As in mtrl, from SAC-AE (Yarats et al.
/// 2021, arXiv:1910.01741).
type ConvolutionLayers = {
    /// 2, 4 or 6.
    Layers: int
    /// Channels of each output.
    Filters: int
}

/// The convolutions of a pixel encoder (`ConvolutionLayers`).
///
/// The output is in the element type of the weights; the input is of any, usually bytes. Products are never
/// rounded to bfloat16.
module Convolutions =
    /// The largest value of a pixel, which becomes 1.
    [<Literal>]
    let internal White = 255.0

    /// Rows of square images [n; channels · side²] through convolutions with filters of 3 × 3, the first with stride 2,
    /// ReLU after each; [n; units · s²].
    let private stack (filters: Tensor[]) (biases: Tensor[]) (x: Tensor) =
        let pixels =
            Filters.images (Tensor.size 1 filters[0]) x
            |> Tensor.toType (Tensor.scalarType filters[0])
            |> Tensor.divScalar White

        let convolve h i =
            let stride = if i = 0 then 2L else 1L
            let outputs, bias = Filters.padded 0 filters[i], Filters.padded 0 biases[i]
            let weight = if i = 0 then outputs else Filters.padded 1 outputs

            TorchSharp.torch.nn.functional.conv2d(h, weight, bias, [| stride; stride |]).relu_()

        [ 0 .. filters.Length - 1 ]
        |> List.fold convolve pixels
        |> Filters.unpadded (Tensor.size 0 (Array.last filters))
        |> Filters.rows

    /// The convolutions at `path`, for an input of the given sizes.
    let internal build path (sizes: InputSizes) (layers: ConvolutionLayers) : Module =
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

    let private rowsOf (layers: ConvolutionLayers) source path (x: Row) =
        let sides = PixelLayers.Frame :: PixelLayers.sides layers.Layers

        let convolve x i =
            let at = weight source (Parameter.join path (string i))

            x
            |> Row.apply (
                RowLayer.Convolve {
                    Side = sides[i]
                    Stride = if i = 0 then 2 else 1
                    Divisor = if i = 0 then float32 White else 1f
                    Weight = numbers 4 (at "weight")
                    Bias = numbers 1 (at "bias")
                }
            )

        Ok(List.fold convolve x [ 0 .. layers.Layers - 1 ])

    /// Outputs of the filters for images of these heights.
    let internal outputs filters sides =
        sides |> List.sumBy (fun side -> float (filters * side * side))

    /// Rows of pixels to rows of [filters; side; side]: the first part of a pixel encoder.
    [<CompiledName("Layer")>]
    let rec layer (layers: ConvolutionLayers) : Spec = {
        Spec.Of("Convolutions", [ layers ], fun _ path sizes -> build path sizes layers) with
            Errors =
                fun sizes -> [
                    yield!
                        SpecError.unless
                            (PixelLayers.isCount layers.Layers)
                            (SpecError.ConvolutionCount layers.Layers)
                    yield!
                        SpecError.unless
                            (sizes.Features > 0 && sizes.Features % PixelLayers.frame = 0)
                            (SpecError.NoFrames sizes.Features)
                ]
            Describe =
                fun _ sizes ->
                    let frames =
                        PixelLayers.describe (sizes.Features / PixelLayers.frame) PixelLayers.Frame

                    let output =
                        PixelLayers.describe layers.Filters (PixelLayers.side layers.Layers)

                    $"{layers.Layers} convolutions 3×3, {frames} → {output}"
            // The pixels as numbers, too.
            ActivationsPerRow =
                fun _ sizes ->
                    float sizes.Features + outputs layers.Filters (PixelLayers.sides layers.Layers)
            OnRow = rowsOf layers
            Separate = fun () -> Some(ForEachTask.layer (layer layers))
    }
