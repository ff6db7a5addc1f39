/// Distral as an agent.
module MtrlFunctional.Agents.DistralAlgorithm

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// The agents of single tasks and the distilled policy.
let private describe (agent: DistralAgent) : AgentDescription =
    let agents, config = ModelAlgorithm.describe agent.Models, agent.Config

    let sizes = { Tasks = config.Agents.Tasks; Features = config.Agents.ObsSize; Context = 0 }

    let distilled = { TrainedPart.create agent.DistilledLayout with HasTaskGradients = false }

    {
        agents with
            Parts = agents.Parts @ [ distilled ]
            Networks = agents.Networks @ [ sizes, config.Distilled ]
    }

/// The functions of an agent, over its states. The agents of single tasks learn all at once from one batch, or one
/// after the other, each from its own batch.
let algorithm rows (agent: DistralAgent) : Algorithm<SacState, ReplaySample> = {
    Description = describe agent
    Start = SacState.create agent.Agents
    Owns = SacState.owns
    Act = Distral.act agent
    ActGreedily = Distral.actGreedily agent
    Update =
        match rows with
        | RowDraw.Balanced
        | RowDraw.Uniform ->
            fun state sample -> Distral.update agent state (ReplaySample.only sample)
        | RowDraw.UniformForEach _ ->
            fun state sample -> Distral.updateInTurn agent state sample.Batches
    RowLayers = Distral.rowLayers agent
    ToNamed = SacCheckpoint.toNamed agent.Agents
    OfNamed = SacCheckpoint.ofNamed agent.Agents
    Capabilities = Capabilities.None
}

/// The agent of a valid configuration, which learns from rows drawn by `rows`.
let create shards rows (config: DistralConfig) : AnyAgent =
    let agent = DistralAgent.create shards config

    AnyAgent.OffPolicy(
        algorithm rows agent |> Algorithm.toAgent,
        {
            Rows = rows
            Draws = DistralDraws.ofConfig config @ ModelDraws.ofAgent agent.Models
            Context = None
        }
    )
