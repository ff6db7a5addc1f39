/// What must hold for models: decoders, transition models, and the contrastive loss.
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

/// Two tasks are the least that have a distance.
let private contrastive (e: Experiment) (keys: ContrastiveKeys) =
    let multitask = e.Agent.Multitask

    if keys.ShouldUse && multitask.UseTaskEncoder then
        List.concat [
            unless
                multitask.Actor.Concatenate
                "agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder"
                (Value.Bool false)
                "true with the contrastive loss of HiP-BMDP"
                "The transition model reads the task encoding behind the encoding; or set agent.multitask.contrastive.should_use=False."

            unless
                (e.Environment.NumEnvs >= 2)
                "agent.multitask.contrastive.should_use"
                (Value.Bool true)
                "false with fewer than two tasks of training"
                "It compares two tasks. env.train chooses variants."
        ]
    else
        []

/// All that is wrong with the models of an experiment.
let conflicts (e: Experiment) : ConfigError list =
    List.concat [
        let keys = e.Agent.Algorithm
        keys.Decoder |> Option.map (decoder e) |> Option.defaultValue []
        keys.Transition |> Option.map transition |> Option.defaultValue []
        keys.Contrastive |> Option.map (contrastive e) |> Option.defaultValue []
    ]

/// What is valid, and probably not what was meant.
let warnings (e: Experiment) : Warning list =
    match e.Agent.Algorithm.Contrastive with
    | Some keys when keys.ShouldUse && not e.Agent.Multitask.UseTaskEncoder -> [
        {
            Key = "agent.multitask.should_use_task_encoder"
            Text =
                "is False: without task encodings there is no contrastive loss, and this agent is a DeepMDP."
        }
      ]
    | _ -> []
