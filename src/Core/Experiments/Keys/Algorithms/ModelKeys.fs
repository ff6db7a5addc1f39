namespace MtrlFunctional.Experiments

/// `agent.decoder.*` and its schedule: a decoder of images of 84 by 84 pixels.
type DecoderKeys = {
    /// False: `agent.decoder.type=identity`, no decoder.
    IsPixel: bool
    /// Filters of each transposed convolution.
    NumFilters: int
    /// Transposed convolutions: 2, 4 or 6.
    NumLayers: int
    /// Environment steps between updates.
    UpdateFreq: int
    /// λ of ½ ‖encoding‖².
    LatentLambda: float
    Optimizer: Optimizer
    /// Of the encoder, in the steps of decoder and transition model.
    EncoderOptimizer: Optimizer
}

/// `agent.transition_model.transition_cfg.type`.
[<RequireQualifiedAccess>]
type TransitionKind =
    | Deterministic
    | Probabilistic
    /// Named by mtrl, which has none.
    | Ensemble

/// `agent.transition_model.*`.
type TransitionKeys = {
    Kind: TransitionKind
    /// Units of the hidden layer.
    LayerWidth: int
    Optimizer: Optimizer
    RewardOptimizer: Optimizer
}

module internal ModelKeys =
    open Schema

    let private every = Codec.int 1 1_000_000_000

    let private width path other =
        ignored "it is the width of the encoding" path Codec.size (like other)

    /// The key of the kind of decoder.
    let decoderType = "agent.decoder.type"

    let decoder =
        let kinds = Codec.oneOf [ "identity", false; "pixel", true ]

        let followed name codec =
            key $"agent.decoder.{name}" codec (like $"agent.encoder.pixel.{name}")

        record [
            key decoderType kinds (byState false true) _.IsPixel
            <| "decoder of observations: pixel, or identity for none"

            width "agent.decoder.feature_dim" "agent.encoder.pixel.feature_dim"
            <| "width of the encoding that it reads, without a task encoding"

            followed "num_filters" (Codec.int 0 10_000) _.NumFilters
            <| "filters of each transposed convolution"

            followed "num_layers" (Codec.int 0 100) _.NumLayers <| "transposed convolutions"

            key "agent.builder.decoder_update_freq" every (is 1) _.UpdateFreq
            <| "environment steps between updates of the decoder"

            key "agent.builder.decoder_latent_lambda" Codec.notNegative (is 0.0) _.LatentLambda
            <| "weight of ½ ‖encoding‖² beside the reconstruction"

            part (Optimizers.adam "agent.optimizers.decoder" (is 1e-7)) _.Optimizer

            part (Optimizers.adam "agent.optimizers.encoder" (is 0.0)) _.EncoderOptimizer
        ]

    /// The key of the kind of transition model.
    let transitionType = "agent.transition_model.transition_cfg.type"

    let private transitions =
        Codec.oneOf [
            "deterministic", TransitionKind.Deterministic
            "", TransitionKind.Deterministic
            "probabilistic", TransitionKind.Probabilistic
            "ensemble", TransitionKind.Ensemble
        ]

    let transition =
        let at = "agent.transition_model.transition_cfg"

        record [
            key transitionType transitions (is TransitionKind.Deterministic) _.Kind
            <| "transition model: deterministic (also '', the original's word) or probabilistic, with a learned standard deviation"

            width $"{at}.feature_dim" "agent.encoder_feature_dim"
            <| "width of the input and output of the transition model"

            key $"{at}.layer_width" Codec.size (is 512) _.LayerWidth
            <| "units of its hidden layer"

            width "agent.reward_decoder.feature_dim" "agent.encoder_feature_dim"
            <| "width of the input of the reward model"

            part
                (Optimizers.follower "agent.transition_model_optimizer" "agent.optimizers.decoder")
                _.Optimizer

            part
                (Optimizers.follower "agent.reward_decoder_optimizer" "agent.optimizers.decoder")
                _.RewardOptimizer
        ]
