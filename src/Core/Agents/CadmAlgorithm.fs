/// Context-aware dynamics models with a planner as an agent.
module MtrlFunctional.Agents.CadmAlgorithm

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors

let private model (agent: CadmAgent) = "model", agent.Layout

let private statistics (agent: CadmAgent) = [
    "statistics/inputs", [| int64 (CadmConfig.inputs agent.Config) |]
    "statistics/targets", [| int64 (CadmConfig.targets agent.Config) |]
]

/// The tensors of a state by name. They are views: valid as long as the state.
let internal toNamed agent (state: CadmState) = [
    yield! state.Model |> (model agent ||> NamedTensors.ofAdamState)

    for (name, _), running in List.zip (statistics agent) [ state.Inputs; state.Targets ] do
        yield! RunningCheckpoint.toNamed name running
]

/// The state of named tensors; or every name that is missing or has another shape.
let internal ofNamed agent place find : Result<CadmState, string list> =
    let faults = [
        yield! NamedTensors.faultsOfAdamState find (model agent)

        for part in statistics agent do
            yield! RunningCheckpoint.faults find part
    ]

    match faults, List.map fst (statistics agent) with
    | [], [ inputs; targets ] ->
        Ok(
            Tensors.scope CadmState.owns (fun () -> {
                Model = NamedTensors.adamState place find (model agent)
                Inputs = RunningCheckpoint.ofNamed place find inputs
                Targets = RunningCheckpoint.ofNamed place find targets
            })
        )
    | faults, _ -> Error faults

let private sizes features : InputSizes = { Tasks = 1; Features = features; Context = 0 }

/// A network in the diagram.
type private Outline = {
    Title: string
    Input: string
    Features: int
    Spec: Spec
    /// Rows that pass the network for one row of a batch.
    Rows: int
}

let private outlines (agent: CadmAgent) =
    let config = agent.Config
    let spec = Dynamics.spec config.Layers config.Units
    let inputs = CadmConfig.inputs config
    let ofStep, ofMean = CadmAgent.encoderSpecs config

    let context =
        if config.ContextSize = 0 then
            ""
        else
            $"; context of {config.ContextSize} in the first layer"

    let outline title input features rows spec = {
        Title = title
        Input = input
        Features = features
        Spec = spec
        Rows = rows
    }

    [
        if config.ContextSize > 0 then
            let input = $"each of {config.History} steps: state, action, change"
            outline "encoder of a step" input (CadmAgent.stepSize config) config.History ofStep
            outline "context" "mean over the steps" config.Units 1 ofMean

        CadmConfig.outputs config
        |> spec
        |> outline "forward model" $"state and action{context}" inputs config.Future

        spec config.StateSize
        |> outline "backward model" $"next state and action{context}" inputs config.Future
    ]

/// A column for each network.
let internal columns agent : Diagram.Column list = [
    for outline in outlines agent ->
        {
            Title = outline.Title
            Input = $"{outline.Input}: {outline.Features} numbers"
            Parts = Network.parts "" (sizes outline.Features) outline.Spec
        }
]

let private networks agent = [
    for outline in outlines agent do
        yield! List.replicate outline.Rows (sizes outline.Features, outline.Spec)
]

let private describe plan (agent: CadmAgent) : AgentDescription =
    let numbers = agent.Layout.Length

    {
        Members = 1
        Groups = 1
        ObsSize = CadmConfig.obsSize agent.Config
        ActionSize = CadmConfig.actionSize agent.Config
        NoiseSize = CadmConfig.noiseSize plan agent.Config
        MemorySize = 0
        Parameters = { Trained = numbers; Targets = 0L; Fixed = 0L }
        Parts = [ { TrainedPart.create agent.Layout with HasTaskGradients = false } ]
        Networks = networks agent
        LeastEntropy = None
        Diagram = lazy (columns agent)
        ParameterTable =
            lazy
                (ParameterTable.text [ for slot in agent.Layout.Slots -> "model", slot.Parameter ] [
                    "trained", numbers
                ])
    }

/// The functions of an agent, over its states.
let algorithm plan (agent: CadmAgent) : Algorithm<CadmState, ReplaySample> = {
    Description = describe plan agent
    Start = CadmState.create agent
    Owns = CadmState.owns
    Act = Cadm.act plan agent
    ActGreedily = Cadm.actGreedily plan agent
    Update = fun state sample -> Cadm.update agent state (ReplaySample.only sample)
    RowLayers = fun _ -> Error "actions are planned, not computed by layers"
    ToNamed = toNamed agent
    OfNamed = ofNamed agent
    Capabilities = Capabilities.None
}

/// The agent of a valid configuration, which learns from rows drawn by `rows`.
[<CompiledName("Create")>]
let create shards rows plan (config: CadmConfig) : AnyAgent =
    let agent = CadmAgent.create shards config |> algorithm plan |> Algorithm.toAgent
    AnyAgent.OffPolicy(agent, { Rows = rows; Draws = []; Context = None })
