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

/// An algorithm, as far as the keys of all algorithms are concerned; its agents are made by the catalogue.
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
    /// Whether a policy that knows no task acts where other tasks are tested, whatever the networks of the tasks of training.
    ActsInOtherTasks: bool
    /// Whether its losses leave out the numbers that pad the actions of tasks with fewer of them.
    JoinsSpaces: bool
    /// The word of `agent.context.method` by which its agents can infer their tasks; none: they cannot.
    Context: string option
}

/// Algorithms to begin an own one from: of each only what makes it learn is given.
module Family =
    /// An algorithm that learns from replay.
    let ofReplay name title = {
        Name = name
        Title = title
        IsOnPolicy = false
        HasTaskGradients = false
        HasDiscreteActions = false
        FindsTask = false
        ActsInOtherTasks = false
        JoinsSpaces = false
        Context = None
    }

    /// An algorithm that learns from whole episodes of its newest policy.
    let ofEpisodes name title = { ofReplay name title with IsOnPolicy = true }

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

/// Words of `agent=`.
module AgentChoice =
    /// An algorithm with the scalars of the `state_` agents and without surgery.
    let create word family = {
        Name = word
        Family = family
        Surgery = SurgeryWord.None
        State = true
    }

    /// The word with the scalars of agents of pixels.
    let internal forPixels choice = { choice with State = false }

    /// The words, and each with each of these methods of surgery, whose word then begins it.
    let internal andWithSurgery methods (choices: AgentChoice list) = [
        yield! choices

        for method' in methods do
            for choice in choices ->
                { choice with Name = $"{method'}_{choice.Name}"; Surgery = method' }
    ]

/// The groups that a command line chooses. Defaults of keys depend on these four.
type Choices = { Fidelity: Fidelity; Setup: SetupChoice; Env: EnvChoice; Agent: AgentChoice }

/// The words of the groups.
module Choices =
    let internal setups = [ "metaworld", SetupChoice.MetaWorld; "hipbmdp", SetupChoice.HipBmdp ]

    /// Soft actor-critic, the algorithm where no agent is chosen.
    let internal sac = {
        Family.ofReplay "sac" "soft actor-critic" with
            HasTaskGradients = true
            HasDiscreteActions = true
            JoinsSpaces = true
            Context = Some "set"
    }

    /// `agent=state_sac`.
    let internal stateSac = AgentChoice.create "state_sac" sac

    /// `agent=sac`.
    let internal pixelSac = AgentChoice.create "sac" sac |> AgentChoice.forPixels

    let fidelities = [ "corrected", Fidelity.Corrected; "original", Fidelity.Original ]

    /// Agents that learn from the episodes of their newest policy only.
    [<CompiledName("IsOnPolicy")>]
    let isOnPolicy choices = choices.Agent.Family.IsOnPolicy

    /// The word for a choice.
    let nameOf table choice =
        table |> List.find (fun (_, other) -> other = choice) |> fst

    /// Each group with its chosen word.
    let internal words choices = [
        "setup", nameOf setups choices.Setup
        "env", choices.Env.Name
        "agent", choices.Agent.Name
        "fidelity", nameOf fidelities choices.Fidelity
    ]

    /// The agent of an environment where none is given: SAC, for pixels where those are observed.
    let internal agentFor (env: EnvChoice) =
        if env.IsPixels then pixelSac else stateSac

    /// The groups where no word is given; only `env=` must be given.
    let standard = {
        Setup = SetupChoice.MetaWorld
        Env = MetaWorldWords.mt10
        Agent = agentFor MetaWorldWords.mt10
        Fidelity = Fidelity.Corrected
    }
