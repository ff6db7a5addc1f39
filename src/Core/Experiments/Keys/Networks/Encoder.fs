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

    let schema =
        record<Encoder> [
            key
                "agent.encoder.type_to_select"
                (Codec.oneOf kinds)
                (bySetup (is EncoderKind.Identity) (is EncoderKind.Pixel))
                (fun (s: Encoder) -> s.Kind)
            |> about
                "the encoder in use, with images behind that of images; the others only hold their settings"

            ignored
                "it is the width of the observation"
                "agent.encoder.identity.feature_dim"
                Codec.size
                (like "agent.encoder_feature_dim")
            |> about "width of the encoding"

            kind "agent.encoder.identity" "identity"

            part (network "agent.encoder.feedforward" "feedforward" "hidden layers") _.FeedForward

            part (network "agent.encoder.film" "film" "hidden layers") _.Film

            kind "agent.encoder.moe" "moe"

            part mixture _.Mixture
            part PixelEncoder.schema _.Pixel
            yield! FactorizedKeys.schema ()
        ]
