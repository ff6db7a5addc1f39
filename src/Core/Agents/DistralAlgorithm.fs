/// Distral as an agent.
module internal MtrlFunctional.Agents.DistralAlgorithm

open MtrlFunctional.Algorithms

/// The agents of single tasks and the distilled policy.
let private describe (agent: DistralAgent) : AgentDescription =
    let agents = ModelAlgorithm.describe agent.Models

    AgentDescription.create
        (agents.Groups, agents.ObsSize, agents.ActionSize)
        (DistralAgent.outlines agent)
        (DistralState.parts agent)
        [
            yield! agents.Parts
            { TrainedPart.create agent.DistilledLayout with HasTaskGradients = false }
        ]

/// The functions of an agent, over its states. The agents of single tasks learn all at once from one batch, or one
/// after the other, each from its own batch.
let algorithm rows (agent: DistralAgent) : Algorithm<DistralState, ReplaySample> = {
    Description = describe agent
    Start = DistralState.create agent
    Owns = DistralState.owns
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
    ToNamed = StatePart.toNamed (DistralState.parts agent)
    OfNamed = DistralState.ofNamed agent
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
