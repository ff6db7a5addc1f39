namespace MtrlFunctional.Experiments

/// A decoder of images of 84 by 84 pixels.
type PixelDecoder = {
    /// Filters of each transposed convolution.
    NumFilters: int
    /// Transposed convolutions: 2, 4 or 6.
    NumLayers: int
}

/// `agent.decoder.*` and its schedule.
type DecoderKeys = {
    /// None: `agent.decoder.type=identity`.
    Network: PixelDecoder option
    /// Environment steps between updates.
    UpdateFreq: int
    /// λ of ½ ‖encoding‖².
    LatentLambda: float
    Optimizer: Optimizer
    /// Of the encoder, in the steps of decoder and transition model.
    EncoderOptimizer: Optimizer
}

/// Keys of SAC-AE: those of soft actor-critic, and a decoder.
type AutoencoderKeys = { Agent: SacKeys; Decoder: DecoderKeys }

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

/// Keys of DeepMDP: those of SAC-AE, and transition and reward model.
type DeepMdpKeys = { Autoencoder: AutoencoderKeys; Transition: TransitionKeys }

/// Keys of HiP-BMDP: those of DeepMDP, and the contrastive loss.
type HipBmdpKeys = {
    DeepMdp: DeepMdpKeys
    IsContrastive: bool
    /// Weight of the contrastive loss.
    ContrastiveAlpha: float
}

module internal ModelKeys =
    open Schema

    let private every = Codec.int 1 1_000_000_000

    let private decoder =
        let at, followed = "agent.decoder", "agent.encoder.pixel"

        schema {
            let! isPixel =
                key
                    $"{at}.type"
                    (Codec.oneOf [ "identity", false; "pixel", true ])
                    (byState false true)
                    (fun (s: DecoderKeys) -> s.Network.IsSome)
                |> about "decoder of observations: pixel, or identity for none"

            and! () =
                ignored
                    "it is the width of the encoding"
                    $"{at}.feature_dim"
                    Codec.size
                    (like $"{followed}.feature_dim")
                |> about "width of the encoding that it reads, without a task encoding"

            and! numFilters =
                key
                    $"{at}.num_filters"
                    (Codec.int 0 10_000)
                    (like $"{followed}.num_filters")
                    (fun s -> s.Network |> Option.map _.NumFilters |> Option.defaultValue 0)
                |> about "filters of each transposed convolution"

            and! numLayers =
                key $"{at}.num_layers" (Codec.int 0 100) (like $"{followed}.num_layers") (fun s ->
                    s.Network |> Option.map _.NumLayers |> Option.defaultValue 0)
                |> about "transposed convolutions"

            and! updateFreq =
                key "agent.builder.decoder_update_freq" every (is 1) _.UpdateFreq
                |> about "environment steps between updates of the decoder"

            and! latentLambda =
                key "agent.builder.decoder_latent_lambda" Codec.notNegative (is 0.0) _.LatentLambda
                |> about "weight of ½ ‖encoding‖² beside the reconstruction"

            and! optimizer =
                part (Optimizers.adam "agent.optimizers.decoder" (is 1e-7)) _.Optimizer

            and! encoderOptimizer =
                part (Optimizers.adam "agent.optimizers.encoder" (is 0.0)) _.EncoderOptimizer

            return {
                Network =
                    if isPixel then
                        Some { NumFilters = numFilters; NumLayers = numLayers }
                    else
                        None
                UpdateFreq = updateFreq
                LatentLambda = latentLambda
                Optimizer = optimizer
                EncoderOptimizer = encoderOptimizer
            }
        }

    /// The key of the kind of transition model.
    let transitionType = "agent.transition_model.transition_cfg.type"

    /// The key of the kind of decoder.
    let decoderType = "agent.decoder.type"

    let private transition =
        let at = "agent.transition_model.transition_cfg"

        schema {
            let! kind =
                key
                    transitionType
                    (Codec.oneOf [
                        "deterministic", TransitionKind.Deterministic
                        "", TransitionKind.Deterministic
                        "probabilistic", TransitionKind.Probabilistic
                        "ensemble", TransitionKind.Ensemble
                    ])
                    (is TransitionKind.Deterministic)
                    (fun (s: TransitionKeys) -> s.Kind)
                |> about
                    "transition model: deterministic (also '', the original's word) or probabilistic, with a learned standard deviation"

            and! () =
                ignored
                    "it is the width of the encoding"
                    $"{at}.feature_dim"
                    Codec.size
                    (like "agent.encoder_feature_dim")
                |> about "width of the input and output of the transition model"

            and! layerWidth =
                key $"{at}.layer_width" Codec.size (is 512) _.LayerWidth
                |> about "units of its hidden layer"

            and! () =
                ignored
                    "it is the width of the encoding"
                    "agent.reward_decoder.feature_dim"
                    Codec.size
                    (like "agent.encoder_feature_dim")
                |> about "width of the input of the reward model"

            and! optimizer =
                part
                    (Optimizers.follower
                        "agent.transition_model_optimizer"
                        "agent.optimizers.decoder")
                    _.Optimizer

            and! rewardOptimizer =
                part
                    (Optimizers.follower "agent.reward_decoder_optimizer" "agent.optimizers.decoder")
                    _.RewardOptimizer

            return {
                Kind = kind
                LayerWidth = layerWidth
                Optimizer = optimizer
                RewardOptimizer = rewardOptimizer
            }
        }

    let autoencoder =
        schema {
            let! agent = part SacKeys.schema (fun (s: AutoencoderKeys) -> s.Agent)
            and! decoder = part decoder _.Decoder
            return { Agent = agent; Decoder = decoder }
        }

    let deepMdp =
        schema {
            let! autoencoder = part autoencoder (fun (s: DeepMdpKeys) -> s.Autoencoder)
            and! transition = part transition _.Transition
            return { Autoencoder = autoencoder; Transition = transition }
        }

    let hipBmdp =
        schema {
            let! deepMdp = part deepMdp (fun (s: HipBmdpKeys) -> s.DeepMdp)

            and! isContrastive =
                key "agent.multitask.contrastive.should_use" Codec.flag (is true) _.IsContrastive
                |> about
                    "HiP-BMDP: the loss that makes distances of task encodings those of the dynamics"

            and! alpha =
                key
                    "agent.multitask.contrastive.alpha"
                    Codec.notNegative
                    (is 0.01)
                    _.ContrastiveAlpha
                |> about "weight of that loss"

            return { DeepMdp = deepMdp; IsContrastive = isContrastive; ContrastiveAlpha = alpha }
        }
