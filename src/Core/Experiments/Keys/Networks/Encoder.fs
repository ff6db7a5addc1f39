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

/// `agent.encoder.type_to_select`.
[<RequireQualifiedAccess>]
type EncoderKind =
    | Identity
    | FeedForward
    | Film
    | MixtureOfExperts
    | FactorizedMixture
    | Pixel

/// `agent.encoder.*`: one of these is selected, the others only hold their settings.
type Encoder = {
    Kind: EncoderKind
    FeedForward: FeedForwardEncoder
    Film: FeedForwardEncoder
    Mixture: ExpertMixture
    Pixel: PixelEncoder
}

module internal Encoder =
    open Schema
    open Experts

    let kinds = [
        "identity", EncoderKind.Identity
        "feedforward", EncoderKind.FeedForward
        "film", EncoderKind.Film
        "moe", EncoderKind.MixtureOfExperts
        "factorized_moe", EncoderKind.FactorizedMixture
        "pixel", EncoderKind.Pixel
    ]

    /// Whether each task can have an encoder of its own.
    let canSeparate kind =
        match kind with
        | EncoderKind.Identity
        | EncoderKind.FeedForward
        | EncoderKind.Pixel -> true
        | EncoderKind.Film
        | EncoderKind.MixtureOfExperts
        | EncoderKind.FactorizedMixture -> false

    /// The key of the encoder in use, and whether actor and critics share its layers.
    let tied (encoder: Encoder) =
        match encoder.Kind with
        | EncoderKind.FeedForward -> "feedforward", encoder.FeedForward.TieEncoders
        | EncoderKind.Film -> "film", encoder.Film.TieEncoders
        | EncoderKind.MixtureOfExperts -> "moe.encoder_cfg", encoder.Mixture.Expert.TieEncoders
        | EncoderKind.Identity
        | EncoderKind.FactorizedMixture
        | EncoderKind.Pixel -> "", true

    let private pixel =
        let at = "agent.encoder.pixel"

        record [
            key $"{at}.feature_dim" Codec.size (like "agent.encoder_feature_dim") _.FeatureDim
            <| "width of the encoding of images"

            key $"{at}.num_filters" (Codec.int 0 10_000) (like "agent.num_filters") _.NumFilters
            <| "filters of each convolution"

            key $"{at}.num_layers" (Codec.int 0 100) (like "agent.num_layers") _.NumLayers
            <| "convolutions: 2, 4 or 6"

            kind at "pixel"
        ]

    /// The factorized mixture, which mtrl names and does not have.
    let private factorized: Field<Encoder> list =
        let at = "agent.encoder.factorized_moe"

        let unused name codec standard =
            ignored "mtrl names a factorized mixture and has none" $"{at}.{name}" codec standard

        // Its experts follow the feed-forward encoder.
        let ofExpert name codec =
            unused $"encoder_cfg.{name}" codec (like $"agent.encoder.feedforward.{name}")

        [
            kind at "fmoe"

            ofExpert "hidden_dim" Codec.size <| "width of the hidden layers"
            ofExpert "num_layers" (Codec.int 0 100) <| "hidden layers"
            ofExpert "feature_dim" Codec.size <| "width of the encoding"
            ofExpert "should_tie_encoders" Codec.flag <| "actor and critic share the layers"
            kind $"{at}.encoder_cfg" "feedforward"

            unused "num_factors" (Codec.int 1 100) (is 2) <| "factors"

            unused "num_experts_per_factor" (Codec.list (Codec.int 1 1000)) (is [ 5; 5 ])
            <| "experts of each factor"
        ]

    let schema =
        record<Encoder> [
            key
                "agent.encoder.type_to_select"
                (Codec.oneOf kinds)
                (bySetup (is EncoderKind.Identity) (is EncoderKind.Pixel))
                (fun (s: Encoder) -> s.Kind)
            <| "the encoder in use, with images behind the image encoder; the others only hold their settings"

            ignored
                "it is the width of the observation"
                "agent.encoder.identity.feature_dim"
                Codec.size
                (like "agent.encoder_feature_dim")
            <| "width of the encoding"

            kind "agent.encoder.identity" "identity"

            part
                (network "agent.encoder.feedforward" "feedforward" (0, "hidden layers"))
                _.FeedForward

            part (network "agent.encoder.film" "film" (0, "hidden layers")) _.Film

            kind "agent.encoder.moe" "moe"

            part mixture _.Mixture
            part pixel _.Pixel
            yield! factorized
        ]
