/// TD3 as an agent: its functions, the names of its tensors and its diagram.
module MtrlFunctional.Td3.Td3Algorithm

open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors

let private trained (agent: Td3Agent) = [ "actor", agent.ActorLayout; "critic", agent.CriticLayout ]

let private targets (agent: Td3Agent) = [
    "actor_target", agent.ActorLayout
    "critic_target", agent.CriticLayout
]

let private toNamed agent (state: Td3State) = [
    for (name, layout), part in List.zip (trained agent) [ state.Actor; state.Critic ] do
        yield! NamedTensors.ofAdamState name layout part
    for (name, layout), part in List.zip (targets agent) [ state.TargetActor; state.TargetCritic ] do
        yield! NamedTensors.ofVector name layout part
]

let private ofNamed agent place find : Result<Td3State, string list> =
    let faults =
        List.collect (NamedTensors.faultsOfAdamState find) (trained agent)
        @ List.collect (NamedTensors.faultsOfVector find) (targets agent)

    match faults, trained agent, targets agent with
    | [], [ actor; critic ], [ targetActor; targetCritic ] ->
        Ok(
            Tensors.scope Td3State.owns (fun () -> {
                Actor = NamedTensors.adamState place find actor
                Critic = NamedTensors.adamState place find critic
                TargetActor = NamedTensors.vector place find targetActor
                TargetCritic = NamedTensors.vector place find targetCritic
            })
        )
    | faults, _, _ -> Error faults

let private sizes (agent: Td3Agent) features = {
    Tasks = agent.Config.Tasks
    Features = features
    Context = 0
}

let private column agent title input features spec : Diagram.Column = {
    Title = title
    Input = input
    Parts = Network.parts "" (sizes agent features) spec
}

let private columns (agent: Td3Agent) =
    let config = agent.Config
    let obs = $"observation of {config.ObsSize}"

    [
        column agent "actor" obs config.ObsSize config.Actor
        column
            agent
            "critic (two)"
            $"{obs}, action of {config.ActionSize}"
            (config.ObsSize + config.ActionSize)
            config.Critic
    ]

/// A row passes both critics.
let private networks (agent: Td3Agent) =
    let config = agent.Config
    let critic = sizes agent (config.ObsSize + config.ActionSize), config.Critic
    [ sizes agent config.ObsSize, config.Actor; critic; critic ]

let private describe (agent: Td3Agent) : AgentDescription =
    let numbers = agent.ActorLayout.Length + agent.CriticLayout.Length

    let parameters = [
        for name, layout in trained agent do
            for slot in layout.Slots -> name, slot.Parameter
    ]

    {
        Members = 1
        Groups = agent.Config.Tasks
        ObsSize = agent.Config.ObsSize
        ActionSize = agent.Config.ActionSize
        NoiseSize = agent.Config.ActionSize
        MemorySize = 0
        Parameters = { Trained = numbers; Targets = numbers; Fixed = 0L }
        Parts = [
            for _, layout in trained agent -> { TrainedPart.create layout with HasTarget = true }
        ]
        Networks = networks agent
        LeastEntropy = None
        Diagram = lazy (columns agent)
        ParameterTable = lazy (ParameterTable.text parameters [ "trained", numbers ])
    }

/// The functions of an agent, over its states.
let algorithm (agent: Td3Agent) : Algorithm<Td3State, ReplaySample> = {
    Description = describe agent
    Start = Td3State.create agent
    Owns = Td3State.owns
    Act = Td3.act agent
    ActGreedily = Td3.actGreedily agent
    Update = fun state sample -> Td3.update agent state (ReplaySample.only sample)
    RowLayers = fun _ -> Error "layers without a form in ONNX"
    ToNamed = toNamed agent
    OfNamed = ofNamed agent
    Capabilities = Capabilities.None
}

/// The agent of a valid configuration.
let create shards (config: Td3Config) : AnyAgent =
    let agent = Td3Agent.create shards config |> algorithm |> Algorithm.toAgent
    AnyAgent.OffPolicy(agent, { Rows = RowDraw.Balanced; Draws = []; Context = None })
