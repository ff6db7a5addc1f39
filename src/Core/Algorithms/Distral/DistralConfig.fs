namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks

/// What decides a Distral agent.
type DistralConfig = {
    /// The agents of the tasks, which share nothing but the distilled policy.
    Agents: SacConfig
    /// Observation to mean and log standard deviation of each action, for all tasks alike.
    Distilled: Spec
    /// c_KL: what it costs an agent to leave the distilled policy, per nat. The agents' temperatures
    /// stand for c_Ent.
    Pull: float
    /// Agents pay for leaving the distilled policy; in the original they are told how sure it is of
    /// actions of its own.
    PaysDivergence: bool
    /// The distilled policy learns to cover what the agents do; in the original it seeks one of
    /// their modes, at means that were squashed.
    CoversAgents: bool
    /// In its task an agent acts for itself when it is shown; otherwise the distilled policy does.
    ShowsAgents: bool
}
