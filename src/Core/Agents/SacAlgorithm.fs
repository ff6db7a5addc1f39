/// Soft actor-critic as an agent.
module MtrlFunctional.Agents.SacAlgorithm

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Parameters of the networks and temperatures, by the role of their part of the state.
let private parameters (agent: SacAgent) : ParameterCounts =
    let count isOfRole =
        agent.Parts
        |> List.filter (fun part -> isOfRole part.Role)
        |> List.sumBy _.Layout.Length

    {
        Trained = count (fun role -> not (role.IsTarget || role.IsFixed || role.IsInferred))
        Targets = count _.IsTarget
        Fixed = count (fun role -> role.IsFixed || role.IsInferred)
    }

let private parts (agent: SacAgent) = [
    TrainedPart.create agent.ActorLayout
    { TrainedPart.create agent.CriticLayout with HasTarget = true }
    { TrainedPart.create agent.TaskEncoderLayout with HasTaskGradients = false }
]

/// The actor, and the critic twice: a row passes both critics.
let private networks (agent: SacAgent) =
    let config, networks = agent.Config, agent.Config.Networks
    let sizes features = { Tasks = config.Tasks; Features = features; Context = agent.ContextWidth }

    let critic =
        sizes (SacAgent.criticInputs config agent.Encoder.Width), networks.Critic

    [
        sizes config.ObsSize, networks.Encoder
        sizes agent.Encoder.Width, networks.Actor
        critic
        critic
    ]

/// Sizes and networks.
let internal describe (agent: SacAgent) : AgentDescription =
    let config = agent.Config

    {
        Members = 1
        Groups = config.Tasks
        ObsSize = config.ObsSize
        ActionSize = config.ActionSize
        NoiseSize = Sac.noiseSize config
        MemorySize = 0
        Parameters = parameters agent
        Parts = parts agent
        Networks = networks agent
        LeastEntropy = None
        Diagram = lazy (SacDiagram.columns agent)
        ParameterTable = lazy (SacDiagram.table agent)
    }

/// The functions of an agent, over its states.
let algorithm (agent: SacAgent) : Algorithm<SacState, ReplaySample> = {
    Description = describe agent
    Start = SacState.create agent
    Owns = SacState.owns
    Act = Sac.act agent
    ActGreedily = Sac.actGreedily agent
    Update = fun state sample -> Sac.update agent state (ReplaySample.only sample)
    RowLayers = Sac.rowLayers agent
    ToNamed = SacCheckpoint.toNamed agent
    OfNamed = SacCheckpoint.ofNamed agent
    Capabilities = {
        Capabilities.None with
            UpdateWithConflicts =
                Some(fun state step update sample ->
                    let batch = ReplaySample.only sample
                    let conflicts = SacConflicts.measure agent state step update batch
                    let next, metrics = Sac.update agent state batch
                    next, metrics, conflicts)
            Adapt =
                agent.Config.Context
                |> Option.map (fun _ state sample ->
                    let adapted = ReplaySample.only sample |> SacContext.adapt agent state

                    {
                        Owns = [
                            adapted.Get SacParts.encodings
                            adapted.Get SacParts.exploringEncodings
                        ]
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
