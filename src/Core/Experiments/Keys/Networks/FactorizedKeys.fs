/// Keys of the factorized mixture of experts, which mtrl names and does not have.
module internal MtrlFunctional.Experiments.FactorizedKeys

open MtrlFunctional.Experiments.Schema

let private at = "agent.encoder.factorized_moe"

let private unused path codec standard =
    ignored "mtrl names a factorized mixture and has none" path codec standard

/// Its experts follow the feed-forward encoder.
let private expert () =
    let other = "agent.encoder.feedforward"

    [
        unused $"{at}.encoder_cfg.hidden_dim" Codec.size (like $"{other}.hidden_dim")
        |> about "width of the hidden layers"

        unused $"{at}.encoder_cfg.num_layers" (Codec.int 1 100) (like $"{other}.num_layers")
        |> about "hidden layers"

        unused $"{at}.encoder_cfg.feature_dim" Codec.size (like $"{other}.feature_dim")
        |> about "width of the encoding"

        unused
            $"{at}.encoder_cfg.should_tie_encoders"
            Codec.flag
            (like $"{other}.should_tie_encoders")
        |> about "actor and critic share the layers"

        Experts.kind $"{at}.encoder_cfg" "feedforward"
    ]

let schema () = [
    Experts.kind at "fmoe"

    yield! expert ()

    unused $"{at}.num_factors" (Codec.int 1 100) (is 2) |> about "factors"

    unused $"{at}.num_experts_per_factor" (Codec.list (Codec.int 1 1000)) (is [ 5; 5 ])
    |> about "experts of each factor"
]
