namespace MtrlFunctional.Experiments

/// How losses of rows are joined.
[<RequireQualifiedAccess>]
type LossReduction =
    | Mean
    /// Kept per row, as gradient combination needs it.
    | None

/// `agent.builder.*`: the scalars of the algorithm. Two sets of defaults: the `state_` agents,
/// and the others in brackets.
type Scalars = {
    /// γ, per environment step.
    Discount: float
    /// α at the start: 1 [0.1].
    InitTemperature: float
    /// Environment steps between updates of actor and temperatures: 1 [2].
    ActorUpdateFreq: int
    /// τ of the target critics: 0.005 [0.01].
    CriticTau: float
    /// Environment steps between updates of the target critics: 1 [2].
    CriticTargetUpdateFreq: int
    /// τ of the target encoder.
    EncoderTau: float
    DecoderUpdateFreq: int
    /// λ of the latent penalty of a decoder.
    DecoderLatentLambda: float
    LossReduction: LossReduction
}

/// `agent.*`: everything that learns.
type Agent = {
    /// Width of an encoding; with the identity encoder the size of the observation.
    EncoderFeatureDim: int
    /// Layers and filters of the pixel encoder.
    PixelLayers: int
    PixelFilters: int
    Scalars: Scalars
    Actor: ActorNetwork
    Critic: CriticNetwork
    Encoder: Encoder
    Multitask: Multitask
    Optimizers: Optimizers
    OnPolicy: OnPolicyKeys
    Transition: TransitionModel
    Surgery: SurgeryKeys
    /// mtrl's key of GradNorm's α, which that of `Surgery` follows.
    GradNormAlpha: float
    /// c_KL of Distral.
    DistralAlpha: float
    /// `agent.task_to_encoder_cluster`.
    TaskClusters: WordClusters
}

module internal Agent =
    open Schema

    let private every = Codec.int 1 1_000_000_000

    let private discount = Codec.real "in [0, 1)" (fun x -> 0.0 <= x && x < 1.0)

    let private reduction =
        Codec.oneOf [ "mean", LossReduction.Mean; "none", LossReduction.None ]

    let private scalars =
        schema {
            let! discount =
                key "agent.builder.discount" discount (is 0.99) (fun (s: Scalars) -> s.Discount)
                |> about "γ, per environment step"

            and! initTemperature =
                key
                    "agent.builder.init_temperature"
                    Codec.positive
                    (byState 1.0 0.1)
                    _.InitTemperature
                |> about "α at the start"

            and! actorUpdateFreq =
                key "agent.builder.actor_update_freq" every (byState 1 2) _.ActorUpdateFreq
                |> about "environment steps between updates of actor and temperatures"

            and! criticTau =
                key "agent.builder.critic_tau" Codec.fraction (byState 0.005 0.01) _.CriticTau
                |> about "τ of the target critics"

            and! criticTargetUpdateFreq =
                key
                    "agent.builder.critic_target_update_freq"
                    every
                    (byState 1 2)
                    _.CriticTargetUpdateFreq
                |> about "environment steps between updates of the target critics"

            and! encoderTau =
                key "agent.builder.encoder_tau" Codec.fraction (is 0.05) _.EncoderTau
                |> about "τ of the target encoder"

            and! decoderUpdateFreq =
                key "agent.builder.decoder_update_freq" every (is 1) _.DecoderUpdateFreq
                |> about "environment steps between updates of a decoder"

            and! decoderLatentLambda =
                key
                    "agent.builder.decoder_latent_lambda"
                    Codec.notNegative
                    (is 0.0)
                    _.DecoderLatentLambda
                |> about "weight of a decoder's latent penalty"

            and! lossReduction =
                key
                    "agent.builder.loss_reduction"
                    reduction
                    (Default.By(fun c ->
                        is (
                            if c.Agent.Surgery = SurgeryMethod.None then
                                LossReduction.Mean
                            else
                                LossReduction.None
                        )))
                    _.LossReduction
                |> about "how losses of rows are joined; with surgery task by task in any case"

            return {
                Discount = discount
                InitTemperature = initTemperature
                ActorUpdateFreq = actorUpdateFreq
                CriticTau = criticTau
                CriticTargetUpdateFreq = criticTargetUpdateFreq
                EncoderTau = encoderTau
                DecoderUpdateFreq = decoderUpdateFreq
                DecoderLatentLambda = decoderLatentLambda
                LossReduction = lossReduction
            }
        }

    /// The words of the original, by which a task's description selects its experts.
    let private words = [
        "action_close", [ "close" ]
        "action_default", [ "insert"; "pick and place"; "press"; "reach" ]
        "action_open", [ "open" ]
        "action_push", [ "push" ]
        "object_default", [ "button"; "door"; "peg"; "revolving joint" ]
        "object_drawer", [ "drawer" ]
        "object_goal", [ "goal" ]
        "object_puck", [ "puck" ]
        "object_window", [ "window" ]
    ]

    let schema =
        schema {
            let! () =
                ignored
                    "agent= chooses it"
                    "agent.name"
                    Codec.text
                    (Default.By(fun c -> is c.Agent.Name))
                |> about "name of the agent"

            and! encoderFeatureDim =
                key "agent.encoder_feature_dim" Codec.size (is 50) (fun (s: Agent) ->
                    s.EncoderFeatureDim)
                |> about
                    "width of an encoding; with the identity encoder always the size of the observation"

            and! pixelLayers =
                key "agent.num_layers" (Codec.int 0 100) (byState 0 4) _.PixelLayers
                |> about "convolutions of the pixel encoder"

            and! pixelFilters =
                key "agent.num_filters" (Codec.int 0 10_000) (byState 0 32) _.PixelFilters
                |> about "filters of the pixel encoder"

            and! scalars = part scalars _.Scalars

            and! actor = part Network.actor _.Actor

            and! critic = part Network.critic _.Critic

            and! encoder = part Encoder.schema _.Encoder

            and! transition = part Network.transition _.Transition

            and! () = Network.mask "agent.mask"

            and! multitask = part Multitask.schema _.Multitask

            and! surgery = part SurgeryKeys.schema _.Surgery

            and! gradNormAlpha =
                key "agent.gradnorm.alpha" Codec.notNegative (is 1.0) _.GradNormAlpha
                |> about "mtrl's name of agent.surgery.gradnorm.alpha, which follows it"

            and! distralAlpha =
                key "agent.distral_alpha" Codec.notNegative (byFidelity 0.0 0.1) _.DistralAlpha
                |> about
                    "Distral: what it costs an agent to leave the distilled policy, per nat (c_KL of the paper); 0 makes the agents soft actor-critics that only teach it"

            and! () =
                ignored
                    "the agents' temperatures, which learn, stand in its place"
                    "agent.distral_beta"
                    Codec.positive
                    (is 1.0)
                |> about "Distral's β, which the original does not read either"

            and! taskClusters =
                key
                    "agent.task_to_encoder_cluster"
                    Experts.clusters
                    (is [ "mt10", [ "cluster", words ]; "mt50", [ "cluster", words ] ])
                    _.TaskClusters
                |> about "words of task descriptions that select experts"

            and! optimizers = part Optimizers.schema _.Optimizers

            and! onPolicy = part OnPolicyKeys.schema _.OnPolicy

            return {
                EncoderFeatureDim = encoderFeatureDim
                PixelLayers = pixelLayers
                PixelFilters = pixelFilters
                Scalars = scalars
                Actor = actor
                Critic = critic
                Encoder = encoder
                Transition = transition
                Multitask = multitask
                Surgery = surgery
                GradNormAlpha = gradNormAlpha
                DistralAlpha = distralAlpha
                TaskClusters = taskClusters
                Optimizers = optimizers
                OnPolicy = onPolicy
            }
        }
