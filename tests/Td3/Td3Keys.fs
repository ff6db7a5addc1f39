namespace MtrlFunctional.Td3

open MtrlFunctional.Experiments

/// `agent.td3.*`: what TD3 has beside the keys of every off-policy agent. Defaults: Fujimoto et al.
/// 2018, arXiv:1802.09477, appendix C.
type Td3Keys = {
    Tau: float
    PolicyDelay: int
    ExplorationStd: float
    TargetStd: float
    TargetClip: float
}

module Td3Keys =
    open Schema

    let schema =
        record [
            key "agent.td3.tau" Codec.fraction (is 0.005) _.Tau
            <| "τ of all target networks"

            key "agent.td3.policy_delay" (Codec.int 1 1_000_000) (is 2) _.PolicyDelay
            <| "critic updates for each update of the actor and the targets (d)"

            key "agent.td3.exploration_std" Codec.notNegative (is 0.1) _.ExplorationStd
            <| "standard deviation of the noise of exploring actions"

            key "agent.td3.target_std" Codec.notNegative (is 0.2) _.TargetStd
            <| "standard deviation of the noise of target actions (σ̃)"

            key "agent.td3.target_clip" Codec.notNegative (is 0.5) _.TargetClip
            <| "bound of the noise of target actions (c)"
        ]
