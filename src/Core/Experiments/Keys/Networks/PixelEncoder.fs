namespace MtrlFunctional.Experiments

/// `agent.encoder.pixel.*`: an encoder of images of 84 by 84 pixels.
type PixelEncoder = {
    /// Width of the encoding.
    FeatureDim: int
    /// Filters of each convolution.
    NumFilters: int
    /// Convolutions: 2, 4 or 6.
    NumLayers: int
}

module internal PixelEncoder =
    open Schema

    let schema =
        record [
            key
                "agent.encoder.pixel.feature_dim"
                Codec.size
                (like "agent.encoder_feature_dim")
                _.FeatureDim
            |> about "width of the encoding of images"

            key
                "agent.encoder.pixel.num_filters"
                (Codec.int 0 10_000)
                (like "agent.num_filters")
                _.NumFilters
            |> about "filters of each convolution"

            key
                "agent.encoder.pixel.num_layers"
                (Codec.int 0 100)
                (like "agent.num_layers")
                _.NumLayers
            |> about "convolutions: 2, 4 or 6"

            Experts.kind "agent.encoder.pixel" "pixel"
        ]
