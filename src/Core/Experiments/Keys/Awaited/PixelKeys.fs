/// Keys of encoders of images, decoders and transition models, which are not available yet.
module internal MtrlFunctional.Experiments.PixelKeys

open MtrlFunctional.Experiments.Schema

let private encoder () =
    schema {
        let! () =
            awaited "agent.num_layers" (Codec.int 0 100) (byState 0 4)
            |> about "convolutions of the pixel encoder"

        and! () =
            awaited "agent.num_filters" (Codec.int 0 10_000) (byState 0 32)
            |> about "filters of the pixel encoder"

        and! () =
            awaited "agent.encoder.pixel.feature_dim" Codec.size (like "agent.encoder_feature_dim")
            |> about "width of the encoding"

        and! () =
            awaited
                "agent.encoder.pixel.num_filters"
                (Codec.int 0 10_000)
                (like "agent.num_filters")
            |> about "filters of each convolution"

        and! () =
            awaited "agent.encoder.pixel.num_layers" (Codec.int 0 100) (like "agent.num_layers")
            |> about "convolutions"

        and! () = Experts.kind "agent.encoder.pixel" "pixel"
        return ()
    }

let private decoder () =
    schema {
        let! () =
            awaited "agent.builder.decoder_update_freq" (Codec.int 1 1_000_000_000) (is 1)
            |> about "environment steps between updates of a decoder"

        and! () =
            awaited "agent.builder.decoder_latent_lambda" Codec.notNegative (is 0.0)
            |> about "weight of a decoder's latent penalty"

        return ()
    }

/// The path of the key that selects a transition model.
let transitionType = "agent.transition_model.transition_cfg.type"

let private transition () =
    let at = "agent.transition_model.transition_cfg"
    let names = [ ""; "deterministic"; "probabilistic" ]

    schema {
        let! () =
            awaited transitionType (Codec.oneOf [ for name in names -> name, name ]) (is "")
            |> about "transition model of the DeepMDP agents"

        and! () =
            awaited $"{at}.feature_dim" Codec.size (like "agent.encoder_feature_dim")
            |> about "width of its input and output"

        and! () =
            awaited $"{at}.layer_width" Codec.size (is 512)
            |> about "width of its hidden layer"

        return ()
    }

let private optimizers () =
    schema {
        let! () = awaitedPart (Optimizers.adam "agent.optimizers.encoder" (is 0.0))
        and! () = awaitedPart (Optimizers.adam "agent.optimizers.decoder" (is 1e-7))
        return ()
    }

let schema () =
    schema {
        let! () = encoder ()
        and! () = decoder ()
        and! () = transition ()
        and! () = optimizers ()
        return ()
    }
