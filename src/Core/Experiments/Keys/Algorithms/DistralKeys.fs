namespace MtrlFunctional.Experiments

/// Keys of Distral.
type DistralKeys = {
    /// c_KL of the paper: weight of the divergence from the distilled policy.
    Alpha: float
}

module internal DistralKeys =
    open Schema

    let schema: Schema<DistralKeys> =
        record [
            key "agent.distral_alpha" Codec.notNegative (byFidelity 0.0 0.1) _.Alpha
            |> about
                "Distral: weight of an agent's divergence from the distilled policy, per nat (c_KL of the paper); 0: the agents are soft actor-critics, and the distilled policy imitates them"

            ignored
                "the agents' temperatures, which learn, take its place"
                "agent.distral_beta"
                Codec.positive
                (is 1.0)
            |> about "Distral's β, which the original does not read either"
        ]
