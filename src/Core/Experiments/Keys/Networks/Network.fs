namespace MtrlFunctional.Experiments

open MtrlFunctional.Networks

/// `agent.actor.*`.
type ActorNetwork = {
    /// Width of the hidden layers. Source: PTSL, 326.
    HiddenDim: int
    /// Hidden layers.
    NumLayers: int
    /// Bounds of log σ: low, high.
    LogStdBounds: float * float
    /// How log σ is kept between them. Source: mtrl, tanh.
    LogStdLimit: LogStdLimit
}

/// `agent.critic.*`.
type CriticNetwork = {
    /// Width of the hidden layers; follows the actor.
    HiddenDim: int
    /// Hidden layers; follows the actor.
    NumLayers: int
}

module internal Network =
    open Schema

    let private bounds =
        Codec.pair "[low, high] with low < high, both in [-100, 10]" (fun low high ->
            -100.0 <= low && low < high && high <= 10.0)

    let private limits =
        Codec.oneOf [ "tanh", LogStdLimit.Tanh; "clamp", LogStdLimit.Clamp ]

    let actor =
        let key name = key $"agent.actor.{name}"

        record<ActorNetwork> [
            key "hidden_dim" Codec.size (byPolicy (is 128) (bySetup (is 326) (is 1024))) _.HiddenDim
            <| "width of the hidden layers (upstream mtrl: 400)"

            key "num_layers" (Codec.int 0 100) (byPolicy (is 2) (bySetup (is 3) (is 2))) _.NumLayers
            <| "hidden layers"

            key "log_std_bounds" bounds (bySetup (is (-20.0, 2.0)) (is (-10.0, 2.0))) _.LogStdBounds
            <| "lowest and highest log σ of the policy"

            key "log_std_limit" limits (is LogStdLimit.Tanh) _.LogStdLimit
            <| "how outputs become log σ between them: squashed by tanh, or cut off as by MOORE, PaCo and metaworld-algorithms. Ours"
        ]

    let critic =
        let key name codec =
            key $"agent.critic.{name}" codec (like $"agent.actor.{name}")

        record<CriticNetwork> [
            key "hidden_dim" Codec.size _.HiddenDim <| "width of the hidden layers"
            key "num_layers" (Codec.int 0 100) _.NumLayers <| "hidden layers"
        ]

    /// Sizes by which the original caches the masks of a part: "expert".
    let masks part at = [
        for name, source in
            [
                "num_eval_episodes", "experiment.num_eval_episodes"
                "batch_size", "replay_buffer.batch_size"
            ] do
            ignored $"{part}s need no masks here" $"{at}.{name}" Codec.count (like source)
            <| $"size of the original's cache of {part} masks"
    ]

    /// Those of heads, which it caches by the number of tasks, too.
    let headMasks at = [
        ignored "heads need no masks here" $"{at}.num_tasks" Codec.count (like "env.num_envs")
        <| "size of the original's cache of head masks"

        yield! masks "head" at
    ]
