/// What must hold for models: decoders and transition models.
module internal MtrlFunctional.Experiments.ModelCheck

open MtrlFunctional.Experiments.Requirement

let private decoder (e: Experiment) (keys: DecoderKeys) =
    List.concat [
        // Of states with an encoder of images, `NetworkCheck` names the encoder.
        let hasImages = Observed.isImages e || e.Agent.Encoder.Kind = EncoderKind.Pixel

        unless
            (not keys.IsPixel || hasImages)
            ModelKeys.decoderType
            (Value.Text "pixel")
            $"identity without {DmControlKeys.fromPixels}=True"
            "It gives frames of 84 × 84 pixels."

        if keys.IsPixel && hasImages then
            unless
                (List.contains keys.NumLayers [ 2; 4; 6 ])
                "agent.decoder.num_layers"
                (whole keys.NumLayers)
                "2, 4 or 6"
                "It follows the pixel encoder unless it is set."

            unless
                (keys.NumFilters > 0)
                "agent.decoder.num_filters"
                (whole keys.NumFilters)
                "at least 1"
                "It follows the pixel encoder unless it is set."
    ]

let private transition (keys: TransitionKeys) =
    unless
        (keys.Kind <> TransitionKind.Ensemble)
        ModelKeys.transitionType
        (Value.Text "ensemble")
        "deterministic or probabilistic"
        "mtrl names an ensemble and has none."

/// All that is wrong with the models of an experiment.
let conflicts (e: Experiment) : ConfigError list =
    List.concat [
        let keys = e.Agent.Algorithm
        keys.Decoder |> Option.map (decoder e) |> Option.defaultValue []
        keys.Transition |> Option.map transition |> Option.defaultValue []
    ]
