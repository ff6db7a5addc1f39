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
    | MetaWorldMt25
    | MetaWorldMt50
    | MetaWorldMl1
    | MetaWorldMl10
    | MetaWorldMl25
    | MetaWorldMl45
    | FingerSpin

/// The algorithm under an agent's name.
[<RequireQualifiedAccess>]
type Family =
    | Sac
    | SacAe
    | DeepMdp
    | HipBmdp
    | Distral
    /// Proximal policy optimisation.
    | Ppo
    /// Trust region policy optimisation.
    | Trpo

/// `agent=`: algorithm, gradient combination, and which of the two sets of scalars it starts from.
type AgentChoice = {
    Family: Family
    /// What `agent.surgery.method` is unless it is given.
    Surgery: SurgeryMethod
    /// The `state_` agents: start temperature 1, updates every step. The others are tuned for pixels.
    State: bool
}

/// What the group words of a command line choose. Defaults follow from these four.
type Choices = { Setup: SetupChoice; Env: EnvChoice; Agent: AgentChoice; Fidelity: Fidelity }

/// The words of the groups.
module Choices =
    let setups = [ "metaworld", SetupChoice.MetaWorld; "hipbmdp", SetupChoice.HipBmdp ]

    let envs = [
        "metaworld-mt1", EnvChoice.MetaWorldMt1
        "metaworld-mt10", EnvChoice.MetaWorldMt10
        "metaworld-mt25", EnvChoice.MetaWorldMt25
        "metaworld-mt50", EnvChoice.MetaWorldMt50
        "metaworld-ml1", EnvChoice.MetaWorldMl1
        "metaworld-ml10", EnvChoice.MetaWorldMl10
        "metaworld-ml25", EnvChoice.MetaWorldMl25
        "metaworld-ml45", EnvChoice.MetaWorldMl45
        "dmcontrol-finger-spin-distribution-v0", EnvChoice.FingerSpin
    ]

    let agents =
        let agent surgery state family = { Family = family; Surgery = surgery; State = state }

        [
            "state_sac", agent SurgeryMethod.None true Family.Sac
            "sac", agent SurgeryMethod.None false Family.Sac
            "sac_ae", agent SurgeryMethod.None false Family.SacAe
            "state_deepmdp", agent SurgeryMethod.None true Family.DeepMdp
            "deepmdp", agent SurgeryMethod.None false Family.DeepMdp
            "hipbmdp", agent SurgeryMethod.None false Family.HipBmdp
            "distral", agent SurgeryMethod.None false Family.Distral
            "state_distral", agent SurgeryMethod.None true Family.Distral
            "mtppo", agent SurgeryMethod.None true Family.Ppo
            "mttrpo", agent SurgeryMethod.None true Family.Trpo
            "pcgrad_sac", agent SurgeryMethod.PcGrad false Family.Sac
            "pcgrad_state_sac", agent SurgeryMethod.PcGrad true Family.Sac
            "pcgrad_sac_ae", agent SurgeryMethod.PcGrad false Family.SacAe
            "pcgrad_deepmdp", agent SurgeryMethod.PcGrad false Family.DeepMdp
            "pcgrad_state_deepmdp", agent SurgeryMethod.PcGrad true Family.DeepMdp
            "gradnorm_sac", agent SurgeryMethod.GradNorm false Family.Sac
            "gradnorm_state_sac", agent SurgeryMethod.GradNorm true Family.Sac
            "gradnorm_deepmdp", agent SurgeryMethod.GradNorm false Family.DeepMdp
            "gradnorm_state_deepmdp", agent SurgeryMethod.GradNorm true Family.DeepMdp
        ]

    let fidelities = [ "corrected", Fidelity.Corrected; "original", Fidelity.Original ]

    /// Meta-learning: goals are hidden, and tasks or goals are kept for testing.
    let isMetaLearning env =
        match env with
        | EnvChoice.MetaWorldMl1
        | EnvChoice.MetaWorldMl10
        | EnvChoice.MetaWorldMl25
        | EnvChoice.MetaWorldMl45 -> true
        | EnvChoice.MetaWorldMt1
        | EnvChoice.MetaWorldMt10
        | EnvChoice.MetaWorldMt25
        | EnvChoice.MetaWorldMt50
        | EnvChoice.FingerSpin -> false

    /// Agents that learn from the episodes of their newest policy only.
    [<CompiledName("IsOnPolicy")>]
    let isOnPolicy choices =
        match choices.Agent.Family with
        | Family.Ppo
        | Family.Trpo -> true
        | Family.Sac
        | Family.SacAe
        | Family.DeepMdp
        | Family.HipBmdp
        | Family.Distral -> false

    /// The word for a choice.
    let nameOf table choice =
        table |> List.find (fun (_, other) -> other = choice) |> fst

    /// What holds where a word is missing; only `env=` must be given.
    let standard = {
        Setup = SetupChoice.MetaWorld
        Env = EnvChoice.MetaWorldMt10
        Agent = agents |> List.find (fun (name, _) -> name = "sac") |> snd
        Fidelity = Fidelity.Corrected
    }
