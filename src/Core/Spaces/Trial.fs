namespace MtrlFunctional.Spaces

/// A trial: episodes of one task in succession, which an agent with a memory observes as one long episode
/// (Duan et al. 2016, "RL²", arXiv:1611.02779, section 2.2).
type Trial = {
    /// N, at least 1.
    Episodes: int
    /// The first of them, below N, in which success does not count.
    Exploration: int
}

/// Environments whose episode is a trial.
module Trial =
    /// Most episodes of a trial that an evaluation plays.
    [<Literal>]
    let internal Longest = 1_000

    /// Whether an evaluation can play it: at most `Longest` episodes, at least one of them after the exploration.
    let canBePlayed (trial: Trial) =
        0 <= trial.Exploration
        && trial.Exploration < trial.Episodes
        && trial.Episodes <= Longest

    /// Numbers behind the environment's observation, for actions of so many numbers: the action before, its reward, 1
    /// where it ended an episode, and the mark, 1 at the first step of a trial.
    let internal columnsOf (actions: int) = actions + 3

    /// The same of environments of `spec`.
    [<CompiledName("Columns")>]
    let internal columns spec =
        columnsOf (EnvironmentSpec.actionSize spec)

    /// The specification of trials with environments of `spec`: a trial ends in a terminal state.
    [<CompiledName("Spec")>]
    let internal spec (trial: Trial) (spec: EnvironmentSpec) : EnvironmentSpec = {
        Observation = EnvironmentSpec.vector (EnvironmentSpec.observationSize spec + columns spec)
        Action = spec.Action
        Horizon = trial.Episodes * spec.Horizon
        Terminates = true
    }
