namespace MtrlFunctional.Networks

/// Sizes of the images between convolutions.
module PixelLayers =
    /// Height and width of a frame, in pixels.
    [<Literal>]
    let Frame = 84

    /// Height and width of a filter.
    [<Literal>]
    let internal Filter = 3

    /// Height and width of the output of convolution `i`, from 0: stride 2, then stride 1.
    let private sideOf i = (Frame - Filter) / 2 + 1 - 2 * i

    /// Heights of the outputs of `layers` convolutions: 41, 39, 37 …
    let internal sides layers = [ for i in 0 .. layers - 1 -> sideOf i ]

    /// Height of the last output: 39, 35 or 31 for 2, 4 or 6 layers.
    let internal side layers = sideOf (layers - 1)

    /// Features of the output of convolutions, or of the input of deconvolutions.
    let internal features layers filters = filters * side layers * side layers

    /// Numbers of a frame of one channel.
    let internal frame = Frame * Frame

    /// Whether so many layers fit a frame.
    let internal isCount layers = List.contains layers [ 2; 4; 6 ]

    /// "9×84×84".
    let internal describe (channels: int) (side: int) = $"{channels}×{side}×{side}"
