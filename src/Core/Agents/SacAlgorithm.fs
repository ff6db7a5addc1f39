/// Soft actor-critic as an agent.
module MtrlFunctional.Agents.SacAlgorithm

open MtrlFunctional.Algorithms

/// Sizes and networks.
let internal describe (agent: SacAgent) : AgentDescription =
    let config = agent.Config

    {
        AgentDescription.create
            (config.Tasks, config.ObsSize, config.ActionSize)
            (SacAgent.outlines agent)
            (SacState.parts agent)
            [
                TrainedPart.create agent.ActorLayout
                { TrainedPart.create agent.CriticLayout with HasTarget = true }
                { TrainedPart.create agent.TaskEncoderLayout with HasTaskGradients = false }
            ] with
            NoiseSize = Sac.noiseSize config
    }

/// The functions of an agent, over its states.
let internal algorithm (agent: SacAgent) : Algorithm<SacState, ReplaySample> = {
    Description = describe agent
    Start = SacState.create agent
    Owns = SacState.owns
    Act = Sac.act agent
    ActGreedily = Sac.actGreedily agent
    Update = fun state sample -> Sac.update agent state (ReplaySample.only sample)
    RowLayers = Sac.rowLayers agent
    ToNamed = StatePart.toNamed (SacState.parts agent)
    OfNamed = SacState.ofNamed agent
    Capabilities = {
        Capabilities.None with
            UpdateWithConflicts =
                Some(fun state step update sample ->
                    let batch = ReplaySample.only sample
                    let conflicts = Sac.conflicts agent state step update batch
                    let next, metrics = Sac.update agent state batch
                    next, metrics, conflicts)
            Adapt =
                agent.Config.Context
                |> Option.map (fun _ state sample ->
                    let adapted = ReplaySample.only sample |> SacContext.adapt agent state

                    {
                        Owns = [ adapted.Encodings; adapted.ExploringEncodings ]
                        Named = []
                        Act = Some(Sac.act agent adapted)
                        ActGreedily = Sac.actGreedily agent adapted
                    })
            UpdateWithin =
                Some(fun mask state sample ->
                    Sac.updateWithin agent mask state (ReplaySample.only sample))
    }
}

/// The agent of a valid configuration, which learns from rows drawn by `rows`.
[<CompiledName("Create")>]
let create shards rows (config: SacConfig) : AnyAgent =
    let agent = SacAgent.create shards config

    AnyAgent.OffPolicy(
        algorithm agent |> Algorithm.toAgent,
        { Rows = rows; Draws = []; Context = config.Context |> Option.map _.Draw }
    )
