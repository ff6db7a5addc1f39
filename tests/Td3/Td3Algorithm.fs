/// TD3 as an agent: its functions and its diagram.
module MtrlFunctional.Td3.Td3Algorithm

open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks

/// A row passes both critics.
let private outlines (agent: Td3Agent) : NetworkOutline list =
    let config = agent.Config
    let obs, actions = config.ObsSize, config.ActionSize
    let sizes features = { Tasks = config.Tasks; Features = features; Context = 0 }

    [
        {
            Title = "actor"
            Input = $"observation of {obs}"
            InputSizes = sizes obs
            Spec = agent.Config.Actor
            Count = 1
        }
        {
            Title = "critic (two)"
            Input = $"observation of {obs}, action of {actions}"
            InputSizes = sizes (obs + actions)
            Spec = agent.Config.Critic
            Count = 2
        }
    ]

let private describe (agent: Td3Agent) : AgentDescription =
    let config = agent.Config

    AgentDescription.create
        (config.Tasks, config.ObsSize, config.ActionSize)
        (outlines agent)
        (Td3State.parts agent)
        [
            for layout in [ agent.ActorLayout; agent.CriticLayout ] ->
                { TrainedPart.create layout with HasTarget = true }
        ]

/// The functions of an agent, over its states.
let algorithm (agent: Td3Agent) : Algorithm<Td3State, ReplaySample> = {
    Description = describe agent
    Start = Td3State.create agent
    Owns = Td3State.owns
    Act = Td3.act agent
    ActGreedily = Td3.actGreedily agent
    Update = fun state sample -> Td3.update agent state (ReplaySample.only sample)
    RowLayers = fun _ -> Error "layers without a form in ONNX"
    ToNamed = StatePart.toNamed (Td3State.parts agent)
    OfNamed = StatePart.ofNamed Td3State.owns (Td3State.start agent) (Td3State.parts agent)
    Capabilities = Capabilities.None
}

/// The agent of a valid configuration.
let create shards (config: Td3Config) : AnyAgent =
    let agent = Td3Agent.create shards config |> algorithm |> Algorithm.toAgent
    AnyAgent.OffPolicy(agent, { Rows = RowDraw.Balanced; Draws = []; Context = None })
