namespace MtrlFunctional.Experiments

/// `agent.ppo.*`.
type PpoKeys = {
    /// ε: how far a ratio counts, 1 ± ε.
    Clip: float
    /// Epochs of the policy over an iteration's steps.
    Epochs: int
    /// KL divergence at which the epochs of an iteration end; none: never.
    TargetKl: float option
}

module internal PpoKeys =
    open Schema

    let schema =
        record [
            key "agent.ppo.clip" Codec.positive (is 0.2) _.Clip
            <| "ε: ratios count within 1 ± ε. Ours, as all keys of agent.ppo"

            key "agent.ppo.epochs" (Codec.int 1 10_000) (is 10) _.Epochs
            <| "passes of the policy over the steps of an iteration"

            orNull "agent.ppo.target_kl" Codec.positive _.TargetKl
            <| "the passes of an iteration end once the policy has moved this far (KL, at the rows of a minibatch); null: never"
        ]
