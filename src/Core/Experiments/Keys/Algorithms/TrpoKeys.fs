namespace MtrlFunctional.Experiments

open MtrlFunctional.Algorithms

/// `agent.trpo.*`.
module internal TrpoKeys =
    open Schema

    let private ratio = Codec.real "between 0 and 1" (fun x -> 0.0 < x && x < 1.0)

    let schema =
        record<TrustRegion> [
            key "agent.trpo.max_kl" Codec.positive (is 0.01) _.MaxKl
            <| "δ: how far a step may move the policy (KL). Ours, as all keys of agent.trpo"

            key "agent.trpo.cg_iterations" (Codec.int 1 10_000) (is 10) _.Iterations
            <| "iterations of conjugate gradients at most"

            without 1e-10 _.Tolerance

            key "agent.trpo.damping" Codec.notNegative (is 1e-5) _.Damping
            <| "added to the diagonal of the Fisher matrix"

            key "agent.trpo.backtracks" (Codec.int 1 1000) (is 15) _.Tries
            <| "lengths of a step that are tried"

            key "agent.trpo.backtrack_ratio" ratio (is 0.8) _.Shrink
            <| "each length of a step by the one before"

            key "agent.trpo.accept_violation" Codec.flag (is false) _.AcceptsViolation
            <| "keep the last step that was tried, whatever it did"

            without false _.AcceptStepAtBound
        ]
