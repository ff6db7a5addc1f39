/// Soft actor-critic as an agent.
module Mtrl.Agents.SacAlgorithm

open Mtrl.Algorithms
open Mtrl.Tensors

/// Parameters of the networks and temperatures.
let internal parameters (agent: SacAgent) : ParameterCounts = {
    Trained =
        agent.ActorLayout.Length
        + agent.CriticLayout.Length
        + agent.TaskEncoderLayout.Length
        + int64 agent.Config.Tasks
    Targets = agent.CriticLayout.Length
    Fixed = agent.FixedLayout.Length
}

/// Sizes and networks.
let internal describe (agent: SacAgent) : AgentDescription =
    let config = agent.Config

    {
        Groups = config.Tasks
        ObsSize = config.ObsSize
        ActionSize = config.ActionSize
        NoiseSize = config.ActionSize
        Parameters = parameters agent
        Diagram = lazy (SacDrawing.columns agent)
        ParameterTable = lazy (SacDrawing.table agent)
    }

/// The functions of an agent, over its states.
let algorithm (agent: SacAgent) : Algorithm<SacState, ReplaySample> = {
    Description = describe agent
    Start = SacState.create agent
    Owns = SacState.owns
    Act = Sac.act agent
    ActGreedily = Sac.actGreedily agent
    Update = fun state sample -> Sac.update agent state (ReplaySample.only sample).Rows
    Conflicts =
        Some(fun state step update sample ->
            SacConflicts.measure agent state step update (ReplaySample.only sample).Rows)
    ToNamed = SacNames.toNamed agent
    OfNamed = SacNames.ofNamed agent
}

/// The agent of a valid configuration, which learns from rows drawn as `rows` says.
let create shards rows (config: SacConfig) : AnyAgent =
    let agent = SacAgent.create shards config |> algorithm |> Algorithm.toAgent
    AnyAgent.OffPolicy(agent, { Rows = rows; ExtraNoise = [] })
