namespace MtrlFunctional.Experiments

/// Keys of MT-TRPO: `agent.on_policy.*` and `agent.trpo.*`.
type TrpoKeys = {
    OnPolicy: OnPolicyKeys
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
        schema {
            let! onPolicy = part OnPolicyKeys.schema (fun (t: TrpoKeys) -> t.OnPolicy)

            and! maxKl =
                key "agent.trpo.max_kl" Codec.positive (is 0.01) (fun (t: TrpoKeys) -> t.MaxKl)
                |> about
                    "δ: how far a step may move the policy (KL). Ours, as all keys of agent.trpo"

            and! cgIterations =
                key "agent.trpo.cg_iterations" (Codec.int 1 10_000) (is 10) _.CgIterations
                |> about "iterations of conjugate gradients at most"

            and! damping =
                key "agent.trpo.damping" Codec.notNegative (is 1e-5) _.Damping
                |> about "added to the diagonal of the Fisher matrix"

            and! backtracks =
                key "agent.trpo.backtracks" (Codec.int 1 1000) (is 15) _.Backtracks
                |> about "lengths of a step that are tried"

            and! backtrackRatio =
                key
                    "agent.trpo.backtrack_ratio"
                    (Codec.real "between 0 and 1" (fun x -> 0.0 < x && x < 1.0))
                    (is 0.8)
                    _.BacktrackRatio
                |> about "each length of a step by the one before"

            and! acceptViolation =
                key "agent.trpo.accept_violation" Codec.flag (is false) _.AcceptViolation
                |> about "keep the last step that was tried, whatever it did"

            return {
                OnPolicy = onPolicy
                MaxKl = maxKl
                CgIterations = cgIterations
                Damping = damping
                Backtracks = backtracks
                BacktrackRatio = backtrackRatio
                AcceptViolation = acceptViolation
            }
        }
