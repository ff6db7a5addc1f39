/// Soft actor-critic, SAC-AE, DeepMDP and HiP-BMDP as agents.
module internal MtrlFunctional.Agents.ModelAlgorithm

open MtrlFunctional.Algorithms

/// Sizes and networks.
let describe (agent: ModelAgent) : AgentDescription =
    let sac, config = agent.Agent, agent.Agent.Config

    {
        AgentDescription.create
            (config.Tasks, config.ObsSize, config.ActionSize)
            (ModelAgent.outlines agent)
            (ModelState.parts agent)
            [
                TrainedPart.create sac.ActorLayout
                { TrainedPart.create sac.CriticLayout with HasTarget = true }
                { TrainedPart.create sac.TaskEncoderLayout with HasTaskGradients = false }
                if agent.Transition.IsSome then
                    TrainedPart.create agent.TransitionLayout
                    TrainedPart.create agent.RewardLayout
                if agent.Decoder.IsSome then
                    TrainedPart.create agent.DecoderLayout
            ] with
            NoiseSize = Sac.noiseSize config
    }

/// Adaptation by encodings that the task encoder infers from a context.
let private adaptByContext (agent: SacAgent) state sample : AdaptedPolicy =
    let adapted = ReplaySample.only sample |> SacContext.adapt agent state

    {
        Owns = [ adapted.Encodings; adapted.ExploringEncodings ]
        Named = []
        Act = Some(Sac.act agent adapted)
        ActGreedily = Sac.actGreedily agent adapted
    }

/// Adaptation by encodings that descend the losses of the models.
let private adaptByModels agent state sample : AdaptedPolicy =
    let encodings =
        ReplaySample.only sample
        |> TaskInference.infer TaskInference.standard agent state

    {
        Owns = [ encodings ]
        Named = []
        Act = None
        ActGreedily = Models.actWithEncodings agent state encodings
    }

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
                match agent.Agent.Config.Context, agent.Transition, agent.Agent.TaskEncoder with
                | Some _, _, _ ->
                    Some(fun (state: ModelState) -> adaptByContext agent.Agent state.Sac)
                | None, Some _, Some _ -> Some(adaptByModels agent)
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
        {
            Rows = rows
            Draws = ModelDraws.ofAgent agent
            Context = config.Agent.Context |> Option.map _.Draw
        }
    )
