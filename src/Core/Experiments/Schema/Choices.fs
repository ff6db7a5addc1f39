namespace MtrlFunctional.Experiments

/// Which of the two named behaviours a run has (docs/reference/differences.md).
[<RequireQualifiedAccess>]
type Fidelity =
    /// The original programs as coded, which the golden files verify.
    | Original
    /// Without what is an error there by the program's own intent or by its paper. The default.
    | Corrected

/// `setup=`: the family of defaults.
[<RequireQualifiedAccess>]
type SetupChoice =
    | MetaWorld
    | HipBmdp

/// An algorithm, as far as its keys are concerned; its agents are made by the catalogue.
type Family = {
    Name: string
    /// "soft actor-critic".
    Title: string
    /// Learns from whole episodes of its newest policy; else from replay.
    IsOnPolicy: bool
    /// Whether tasks can share parameters, so that their gradients can be compared and combined.
    HasTaskGradients: bool
    /// Whether its policies choose among discrete actions as well as act by numbers.
    HasDiscreteActions: bool
    /// Whether its agents find out their task, and observe no number of it: their networks are plain layers.
    FindsTask: bool
}

/// The algorithms of the original programs and ours.
module Family =
    let private create name title = {
        Name = name
        Title = title
        IsOnPolicy = false
        HasTaskGradients = true
        HasDiscreteActions = false
        FindsTask = false
    }

    [<CompiledName("Sac")>]
    let sac = { create "sac" "soft actor-critic" with HasDiscreteActions = true }

    [<CompiledName("SacAe")>]
    let sacAe = create "sac_ae" "soft actor-critic with an autoencoder"

    [<CompiledName("DeepMdp")>]
    let deepMdp = create "deepmdp" "DeepMDP"

    [<CompiledName("HipBmdp")>]
    let hipBmdp = create "hipbmdp" "HiP-BMDP"

    [<CompiledName("Distral")>]
    let distral = { create "distral" "Distral" with HasTaskGradients = false }

    [<CompiledName("Ppo")>]
    let ppo = {
        create "ppo" "proximal policy optimisation" with
            IsOnPolicy = true
            HasDiscreteActions = true
    }

    [<CompiledName("Trpo")>]
    let trpo = {
        create "trpo" "trust region policy optimisation" with
            IsOnPolicy = true
            HasDiscreteActions = true
    }

    [<CompiledName("Impala")>]
    let impala = { create "impala" "IMPALA" with IsOnPolicy = true; HasDiscreteActions = true }

    [<CompiledName("Rl2")>]
    let rl2 = {
        create "rl2" "RL², a policy with a memory over trials" with
            IsOnPolicy = true
            HasTaskGradients = false
            HasDiscreteActions = true
            FindsTask = true
    }

    [<CompiledName("Maml")>]
    let maml = {
        create "maml" "MAML-TRPO, a policy that gradient steps adapt to each task" with
            IsOnPolicy = true
            HasTaskGradients = false
            HasDiscreteActions = true
            FindsTask = true
    }

    /// Whether its policies learn within an evaluation.
    let internal isMetaLearning family = family = rl2 || family = maml

/// Words of `agent.surgery.method` that are no methods.
module SurgeryWord =
    /// The gradient of the mean loss.
    [<Literal>]
    let None = "none"

/// `agent=`: algorithm, gradient combination, and which of the two sets of scalars it starts from.
type AgentChoice = {
    /// The word.
    Name: string
    Family: Family
    /// Default of `agent.surgery.method`: the word.
    Surgery: string
    /// The `state_` agents: start temperature 1, updates every step. The others are tuned for pixels.
    State: bool
}

/// The groups that a command line chooses. Defaults of keys depend on these four.
type Choices = { Fidelity: Fidelity; Setup: SetupChoice; Env: EnvChoice; Agent: AgentChoice }

/// The words of the groups.
module Choices =
    let setups = [ "metaworld", SetupChoice.MetaWorld; "hipbmdp", SetupChoice.HipBmdp ]

    let agents =
        let agent name surgery state family = {
            Name = name
            Family = family
            Surgery = surgery
            State = state
        }

        [
            agent "state_sac" SurgeryWord.None true Family.sac
            agent "sac" SurgeryWord.None false Family.sac
            agent "sac_ae" SurgeryWord.None false Family.sacAe
            agent "state_deepmdp" SurgeryWord.None true Family.deepMdp
            agent "deepmdp" SurgeryWord.None false Family.deepMdp
            agent "hipbmdp" SurgeryWord.None false Family.hipBmdp
            agent "distral" SurgeryWord.None false Family.distral
            agent "state_distral" SurgeryWord.None true Family.distral
            agent "mtppo" SurgeryWord.None true Family.ppo
            agent "mttrpo" SurgeryWord.None true Family.trpo
            agent "impala" SurgeryWord.None true Family.impala
            agent "rl2" SurgeryWord.None true Family.rl2
            agent "maml" SurgeryWord.None true Family.maml
            agent "pcgrad_sac" "pcgrad" false Family.sac
            agent "pcgrad_state_sac" "pcgrad" true Family.sac
            agent "pcgrad_sac_ae" "pcgrad" false Family.sacAe
            agent "pcgrad_deepmdp" "pcgrad" false Family.deepMdp
            agent "pcgrad_state_deepmdp" "pcgrad" true Family.deepMdp
            agent "gradnorm_sac" "gradnorm" false Family.sac
            agent "gradnorm_state_sac" "gradnorm" true Family.sac
            agent "gradnorm_deepmdp" "gradnorm" false Family.deepMdp
            agent "gradnorm_state_deepmdp" "gradnorm" true Family.deepMdp
        ]

    let fidelities = [ "corrected", Fidelity.Corrected; "original", Fidelity.Original ]

    /// Agents that learn from the episodes of their newest policy only.
    [<CompiledName("IsOnPolicy")>]
    let isOnPolicy choices = choices.Agent.Family.IsOnPolicy

    /// The word for a choice.
    let nameOf table choice =
        table |> List.find (fun (_, other) -> other = choice) |> fst

    /// The agent of an environment where none is given: SAC, for pixels where those are observed.
    let agentFor (env: EnvChoice) =
        let name = if env.IsPixels then "sac" else "state_sac"
        agents |> List.find (fun agent -> agent.Name = name)

    /// The groups where no word is given; only `env=` must be given.
    let standard = {
        Setup = SetupChoice.MetaWorld
        Env = MetaWorldWords.mt10
        Agent = agentFor MetaWorldWords.mt10
        Fidelity = Fidelity.Corrected
    }
