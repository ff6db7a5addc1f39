/// Distral as an agent.
module Mtrl.Agents.DistralAlgorithm

open Mtrl.Algorithms
open Mtrl.Tensors

let private describe (agent: DistralAgent) : AgentDescription =
    let agents = SacAlgorithm.describe agent.Agents

    {
        agents with
            Parameters.Trained = agents.Parameters.Trained + agent.DistilledLayout.Length
            Diagram = lazy (DistralDrawing.columns agent)
            ParameterTable = lazy (DistralDrawing.table agent)
    }

let private batch (drawn: DrawnBatch) : DistralBatch = {
    Rows = drawn.Rows
    DistilledNoise = List.tryHead drawn.ExtraNoise
}

/// The functions of an agent, over its states. Its agents learn all at once from one batch; or one
/// after the other, each from a batch of its own.
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
            fun state sample -> Distral.update agent state (batch (ReplaySample.only sample))
        | RowDraw.UniformForEach _ ->
            fun state sample -> Distral.updateInTurn agent state (List.map batch sample.Batches)
    Conflicts = None
    ToNamed = DistralNames.toNamed agent
    OfNamed = DistralNames.ofNamed agent
}

/// The agent of a valid configuration, which learns from rows drawn as `rows` says.
let create shards rows (config: DistralConfig) : AnyAgent =
    let agent = DistralAgent.create shards config |> algorithm rows |> Algorithm.toAgent

    AnyAgent.OffPolicy(
        agent,
        {
            Rows = rows
            ExtraNoise = if config.PaysDivergence then [] else [ "noise/distilled" ]
        }
    )
