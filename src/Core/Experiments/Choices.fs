namespace Mtrl.Experiments

/// Which of the two named behaviours a run has (docs/reference/differences.md).
[<RequireQualifiedAccess>]
type Fidelity =
    /// The original programs as coded, which the golden files verify.
    | Original
    /// What the papers describe. The default.
    | Corrected

/// `setup=`: the family of defaults.
[<RequireQualifiedAccess>]
type SetupChoice =
    | MetaWorld
    | HipBmdp

/// `env=`: the environments of a run.
[<RequireQualifiedAccess>]
type EnvChoice =
    | MetaWorldMt1
    | MetaWorldMt10
    | MetaWorldMt50
    | MetaWorldMl1
    | FingerSpin

/// The algorithm under an agent's name.
[<RequireQualifiedAccess>]
type Family =
    | Sac
    | SacAe
    | DeepMdp
    | HipBmdp
    | Distral

/// What combines the gradients of the tasks.
[<RequireQualifiedAccess>]
type Surgery =
    | None
    | PcGrad
    | GradNorm

/// `agent=`: algorithm, gradient combination, and which of the two sets of scalars it starts from.
type AgentChoice = {
    Family: Family
    Surgery: Surgery
    /// The `state_` agents: start temperature 1, updates every step. The others are tuned for pixels.
    State: bool
}

/// What the group words of a command line choose. Defaults follow from these four.
type Choices = { Setup: SetupChoice; Env: EnvChoice; Agent: AgentChoice; Fidelity: Fidelity }
