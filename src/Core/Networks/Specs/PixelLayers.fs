namespace MtrlFunctional.Networks

/// Convolutions of a pixel encoder: 3×3 without padding, the first with stride 2, ReLU after each. Their input
/// is rows of stacked frames, [channels; 84; 84], of numbers 0 … 255. As in mtrl, from SAC-AE (Yarats et al.
/// 2021, arXiv:1910.01741).
type ConvolutionLayers = {
    /// 2, 4 or 6.
    Layers: int
    /// Channels of each output.
    Filters: int
}

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

/// Sizes of the images between convolutions.
module PixelLayers =
    /// Height and width of a frame, in pixels.
    [<Literal>]
    let Frame = 84

    /// Height and width of a filter.
    [<Literal>]
    let Filter = 3

    /// Height and width of the output of convolution `i`, from 0: stride 2, then stride 1.
    let private sideOf i = (Frame - Filter) / 2 + 1 - 2 * i

    /// Heights of the outputs of `layers` convolutions: 41, 39, 37 …
    let sides layers = [ for i in 0 .. layers - 1 -> sideOf i ]

    /// Height of the last output: 39, 35 or 31 for 2, 4 or 6 layers.
    let side layers = sideOf (layers - 1)

    /// Features of the output of convolutions, or of the input of deconvolutions.
    let features layers filters = filters * side layers * side layers

    /// Numbers of a frame of one channel.
    let frame = Frame * Frame
