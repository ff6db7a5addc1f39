namespace MtrlFunctional.Experiments

/// `agent.trpo.*`.
type TrpoKeys = {
    /// δ: largest KL divergence of a step.
    MaxKl: float
    CgIterations: int
    /// Added to the diagonal of the Fisher matrix.
    Damping: float
    /// Step lengths that the line search tries.
    Backtracks: int
    BacktrackRatio: float
    /// Keep a step that exceeds the bound.
    AcceptViolation: bool
}

module internal TrpoKeys =
    open Schema

    let schema =
        record [
            key "agent.trpo.max_kl" Codec.positive (is 0.01) _.MaxKl
            |> about "δ: how far a step may move the policy (KL). Ours, as all keys of agent.trpo"

            key "agent.trpo.cg_iterations" (Codec.int 1 10_000) (is 10) _.CgIterations
            |> about "iterations of conjugate gradients at most"

            key "agent.trpo.damping" Codec.notNegative (is 1e-5) _.Damping
            |> about "added to the diagonal of the Fisher matrix"

            key "agent.trpo.backtracks" (Codec.int 1 1000) (is 15) _.Backtracks
            |> about "lengths of a step that are tried"

            key
                "agent.trpo.backtrack_ratio"
                (Codec.real "between 0 and 1" (fun x -> 0.0 < x && x < 1.0))
                (is 0.8)
                _.BacktrackRatio
            |> about "each length of a step by the one before"

            key "agent.trpo.accept_violation" Codec.flag (is false) _.AcceptViolation
            |> about "keep the last step that was tried, whatever it did"
        ]
