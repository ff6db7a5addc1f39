/// What must hold for models: decoders and transition models.
module internal MtrlFunctional.Experiments.ModelCheck

open MtrlFunctional.Experiments.Requirement

let private decoder (e: Experiment) (keys: DecoderKeys) =
    List.concat [
        // Of states with an encoder of images, `NetworkCheck` names the encoder.
        let hasImages = Observed.isImages e || e.Agent.Encoder.Kind = EncoderKind.Pixel

        (not keys.IsPixel || hasImages)
        |> orElse ModelKeys.decoderType $"identity without {DmControlKeys.fromPixels}=True"
        |> because "It gives frames of 84 × 84 pixels."

        if keys.IsPixel && hasImages then
            List.contains keys.NumLayers [ 2; 4; 6 ]
            |> orElse "agent.decoder.num_layers" "2, 4 or 6"
            |> because "It follows the pixel encoder unless it is set."

            keys.NumFilters > 0
            |> orElse "agent.decoder.num_filters" "at least 1"
            |> because "It follows the pixel encoder unless it is set."
    ]

let private transition (keys: TransitionKeys) =
    keys.Kind <> TransitionKind.Ensemble
    |> orElse ModelKeys.transitionType "deterministic or probabilistic"
    |> because "mtrl names an ensemble and has none."

/// All that is wrong with the models of an experiment.
let conflicts (e: Experiment) : Conflict list =
    List.concat [
        let keys = e.Agent.Algorithm
        keys.Decoder |> Option.map (decoder e) |> Option.defaultValue []
        keys.Transition |> Option.map transition |> Option.defaultValue []
    ]
