namespace MtrlFunctional.Experiments

/// Keys of soft actor-critic and of algorithms built on it, below `agent.builder`. Two sets of
/// defaults: the `state_` agents, and the others in brackets.
type SacKeys = {
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
    /// With discrete actions: target entropy as a share of the uniform policy's entropy.
    TargetEntropyScale: float
}

module internal SacKeys =
    open Schema

    let private key name = key $"agent.builder.{name}"

    let private every = Codec.int 1 1_000_000_000

    let schema =
        record [
            key "init_temperature" Codec.positive (byState 1.0 0.1) _.InitTemperature
            <| "α at the start"

            key "actor_update_freq" every (byState 1 2) _.ActorUpdateFreq
            <| "environment steps between updates of actor and temperatures"

            key "critic_tau" Codec.fraction (byState 0.005 0.01) _.CriticTau
            <| "τ of the target critics"

            key "critic_target_update_freq" every (byState 1 2) _.CriticTargetUpdateFreq
            <| "environment steps between updates of the target critics"

            key "encoder_tau" Codec.fraction (is 0.05) _.EncoderTau
            <| "τ of the target encoder"

            key "target_entropy_scale" Codec.fraction (is 0.89) _.TargetEntropyScale
            <| "with discrete actions: target entropy as a share of log n, the entropy of n equal probabilities"
        ]
