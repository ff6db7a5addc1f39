namespace MtrlFunctional.Experiments

/// `agent.encoder.type_to_select`.
[<RequireQualifiedAccess>]
type EncoderKind =
    | Identity
    | FeedForward
    | Film
    | MixtureOfExperts
    | FactorizedMixture
    | Pixel

/// `agent.encoder.pixel.*`: a convolutional encoder.
type PixelEncoder = { FeatureDim: int; NumFilters: int; NumLayers: int }

/// `agent.encoder.*`: one of these is selected, the others only hold their settings.
type Encoder = {
    Kind: EncoderKind
    FeedForward: FeedForwardEncoder
    Film: FeedForwardEncoder
    Mixture: ExpertMixture
    Factorized: FeedForwardEncoder
    NumFactors: int
    NumExpertsPerFactor: int list
    Pixel: PixelEncoder
}

module internal Encoder =
    open Schema
    open Experts

    /// The factorized mixture's encoder follows the feed-forward one.
    let private follower at other =
        schema {
            let! hiddenDim =
                key
                    $"{at}.hidden_dim"
                    Codec.size
                    (like $"{other}.hidden_dim")
                    (fun (s: FeedForwardEncoder) -> s.HiddenDim)
                |> about "width of the hidden layers"

            and! numLayers =
                key
                    $"{at}.num_layers"
                    (Codec.int 1 100)
                    (like $"{other}.num_layers")
                    (fun (s: FeedForwardEncoder) -> s.NumLayers)
                |> about "hidden layers"

            and! featureDim =
                key
                    $"{at}.feature_dim"
                    Codec.size
                    (like $"{other}.feature_dim")
                    (fun (s: FeedForwardEncoder) -> s.FeatureDim)
                |> about "width of the encoding"

            and! tieEncoders =
                key
                    $"{at}.should_tie_encoders"
                    Codec.flag
                    (like $"{other}.should_tie_encoders")
                    _.TieEncoders
                |> about "actor and critic share the layers"

            and! () = kind at "feedforward"

            return {
                HiddenDim = hiddenDim
                NumLayers = numLayers
                FeatureDim = featureDim
                TieEncoders = tieEncoders
            }
        }

    let private pixel =
        schema {
            let! featureDim =
                key
                    "agent.encoder.pixel.feature_dim"
                    Codec.size
                    (like "agent.encoder_feature_dim")
                    (fun (s: PixelEncoder) -> s.FeatureDim)
                |> about "width of the encoding"

            and! numFilters =
                key
                    "agent.encoder.pixel.num_filters"
                    (Codec.int 0 10_000)
                    (like "agent.num_filters")
                    _.NumFilters
                |> about "filters of each convolution"

            and! numLayers =
                key
                    "agent.encoder.pixel.num_layers"
                    (Codec.int 0 100)
                    (like "agent.num_layers")
                    (fun (s: PixelEncoder) -> s.NumLayers)
                |> about "convolutions"

            and! () = kind "agent.encoder.pixel" "pixel"

            return { FeatureDim = featureDim; NumFilters = numFilters; NumLayers = numLayers }
        }

    let kinds = [
        "identity", EncoderKind.Identity
        "feedforward", EncoderKind.FeedForward
        "film", EncoderKind.Film
        "moe", EncoderKind.MixtureOfExperts
        "factorized_moe", EncoderKind.FactorizedMixture
        "pixel", EncoderKind.Pixel
    ]

    /// The key of the encoder in use, and whether actor and critics share its layers.
    let tied (encoder: Encoder) =
        match encoder.Kind with
        | EncoderKind.FeedForward -> "feedforward", encoder.FeedForward.TieEncoders
        | EncoderKind.Film -> "film", encoder.Film.TieEncoders
        | EncoderKind.MixtureOfExperts -> "moe.encoder_cfg", encoder.Mixture.Expert.TieEncoders
        | EncoderKind.Identity
        | EncoderKind.FactorizedMixture
        | EncoderKind.Pixel -> "", true

    let schema =
        schema {
            let! kind =
                key
                    "agent.encoder.type_to_select"
                    (Codec.oneOf kinds)
                    (bySetup (is EncoderKind.Identity) (is EncoderKind.Pixel))
                    (fun (s: Encoder) -> s.Kind)
                |> about "the encoder in use; the others only hold their settings"

            and! () =
                ignored
                    "it is the width of the observation"
                    "agent.encoder.identity.feature_dim"
                    Codec.size
                    (like "agent.encoder_feature_dim")
                |> about "width of the encoding"

            and! () = kind "agent.encoder.identity" "identity"

            and! feedForward =
                part
                    (network "agent.encoder.feedforward" "feedforward" "hidden layers")
                    _.FeedForward

            and! film = part (network "agent.encoder.film" "film" "hidden layers") _.Film

            and! () = kind "agent.encoder.moe" "moe"

            and! mixture = part mixture _.Mixture

            and! () = kind "agent.encoder.factorized_moe" "fmoe"

            and! factorized =
                part
                    (follower "agent.encoder.factorized_moe.encoder_cfg" "agent.encoder.feedforward")
                    _.Factorized

            and! numFactors =
                key "agent.encoder.factorized_moe.num_factors" (Codec.int 1 100) (is 2) _.NumFactors
                |> about "factors"

            and! numExpertsPerFactor =
                key
                    "agent.encoder.factorized_moe.num_experts_per_factor"
                    (Codec.list (Codec.int 1 1000))
                    (is [ 5; 5 ])
                    _.NumExpertsPerFactor
                |> about "experts of each factor"

            and! pixel = part pixel _.Pixel

            return {
                Kind = kind
                FeedForward = feedForward
                Film = film
                Mixture = mixture
                Factorized = factorized
                NumFactors = numFactors
                NumExpertsPerFactor = numExpertsPerFactor
                Pixel = pixel
            }
        }
