/// What must hold for models: decoders, transition models, and the contrastive loss.
module internal MtrlFunctional.Experiments.ModelCheck

open MtrlFunctional.Experiments.Requirement

let private decoder (e: Experiment) (keys: AutoencoderKeys) = [
    // Of states with an encoder of images, `NetworkCheck` names the encoder.
    let hasImages = Observed.isImages e || e.Agent.Encoder.Kind = EncoderKind.Pixel

    yield!
        unless
            (keys.Decoder.Network.IsNone || hasImages)
            ModelKeys.decoderType
            (Value.Text "pixel")
            $"identity without {DmControlKeys.fromPixels}=True"
            "It gives frames of 84 × 84 pixels."

    match keys.Decoder.Network with
    | Some network when hasImages ->
        yield!
            unless
                (List.contains network.NumLayers [ 2; 4; 6 ])
                "agent.decoder.num_layers"
                (whole network.NumLayers)
                "2, 4 or 6"
                "It follows the pixel encoder unless it is set."

        yield!
            unless
                (network.NumFilters > 0)
                "agent.decoder.num_filters"
                (whole network.NumFilters)
                "at least 1"
                "It follows the pixel encoder unless it is set."
    | _ -> ()
]

let private transition (keys: DeepMdpKeys) =
    unless
        (keys.Transition.Kind <> TransitionKind.Ensemble)
        ModelKeys.transitionType
        (Value.Text "ensemble")
        "deterministic or probabilistic"
        "mtrl names an ensemble and has none."

/// Two tasks are the least that have a distance.
let private contrastive (e: Experiment) (keys: HipBmdpKeys) =
    let multitask = e.Agent.Multitask

    if keys.IsContrastive && multitask.UseTaskEncoder then
        [
            yield!
                unless
                    multitask.Actor.Concatenate
                    "agent.multitask.actor_cfg.should_concatenate_task_info_with_encoder"
                    (Value.Bool false)
                    "true with the contrastive loss of HiP-BMDP"
                    "The transition model reads the task encoding behind the encoding; or set agent.multitask.contrastive.should_use=False."

            yield!
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
let conflicts (e: Experiment) : ConfigError list = [
    match AlgorithmKeys.tryAutoencoder e.Agent.Algorithm with
    | Some keys -> yield! decoder e keys
    | None -> ()

    match AlgorithmKeys.tryDeepMdp e.Agent.Algorithm with
    | Some keys -> yield! transition keys
    | None -> ()

    match e.Agent.Algorithm with
    | AlgorithmKeys.HipBmdp keys -> yield! contrastive e keys
    | _ -> ()
]

/// What is valid, and probably not what was meant.
let warnings (e: Experiment) : Warning list =
    match e.Agent.Algorithm with
    | AlgorithmKeys.HipBmdp keys when keys.IsContrastive && not e.Agent.Multitask.UseTaskEncoder -> [
        {
            Key = "agent.multitask.should_use_task_encoder"
            Text =
                "is False: without task encodings there is no contrastive loss, and this agent is a DeepMDP."
        }
      ]
    | _ -> []
