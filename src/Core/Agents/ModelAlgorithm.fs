/// SAC-AE, DeepMDP and HiP-BMDP as agents.
module internal MtrlFunctional.Agents.ModelAlgorithm

open MtrlFunctional.Algorithms

/// The description of soft actor-critic, with the models.
let describe (agent: ModelAgent) : AgentDescription =
    let sac = SacAlgorithm.describe agent.Agent

    sac
    |> AgentDescription.withParts (ModelAgent.outlines agent) (ModelState.parts agent) [
        yield! sac.Parts
        if agent.Transition.IsSome then
            TrainedPart.create agent.TransitionLayout
            TrainedPart.create agent.RewardLayout
        if agent.Decoder.IsSome then
            TrainedPart.create agent.DecoderLayout
    ]

/// The functions of an agent, over its states.
let algorithm (agent: ModelAgent) : Algorithm<ModelState, ReplaySample> = {
    Description = describe agent
    Start = ModelState.create agent
    Owns = ModelState.owns
    Act = fun state -> Sac.act agent.Agent state.Sac
    ActGreedily = Models.actGreedily agent
    Update = fun state sample -> Models.update agent state (ReplaySample.only sample)
    RowLayers = Models.rowLayers agent
    ToNamed = StatePart.toNamed (ModelState.parts agent)
    OfNamed = ModelState.ofNamed agent
    Capabilities = {
        Capabilities.None with
            Adapt =
                match agent.Transition, agent.Agent.TaskEncoder with
                | Some _, Some _ ->
                    Some(fun state sample ->
                        let encodings =
                            ReplaySample.only sample
                            |> TaskInference.infer TaskInference.standard agent state

                        {
                            Owns = [ encodings ]
                            Named = []
                            Act = None
                            ActGreedily = Models.actWithEncodings agent state encodings
                        })
                | _ -> None
            UpdateWithin =
                Some(fun mask state sample ->
                    Models.updateWithin agent mask state (ReplaySample.only sample))
            UpdateWithConflicts =
                Some(fun state step update sample ->
                    let batch = ReplaySample.only sample
                    let conflicts = Sac.conflicts agent.Agent state.Sac step update batch
                    let next, metrics = Models.update agent state batch
                    next, metrics, conflicts)
    }
}

/// The agent of a valid configuration, which learns from rows drawn by `rows`.
let create shards rows (config: ModelConfig) : AnyAgent =
    let agent = ModelAgent.create shards config

    AnyAgent.OffPolicy(
        algorithm agent |> Algorithm.toAgent,
        { Rows = rows; Draws = ModelDraws.ofAgent agent; Context = None }
    )
