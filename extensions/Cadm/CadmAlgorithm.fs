/// Context-aware dynamics models with a planner as an agent: its functions, the names of its tensors and its diagram.
module MtrlFunctional.Cadm.CadmAlgorithm

open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors

let private model (agent: CadmAgent) = "model", agent.Layout

let private inputs (agent: CadmAgent) =
    "statistics/inputs", [| int64 (CadmConfig.inputs agent.Config) |]

let private targets (agent: CadmAgent) =
    "statistics/targets", [| int64 (CadmConfig.targets agent.Config) |]

/// The tensors of a state by name. They are views: valid as long as the state.
let toNamed agent (state: CadmState) = [
    yield! state.Model |> (model agent ||> NamedTensors.ofAdamState)
    yield! RunningCheckpoint.toNamed (fst (inputs agent)) state.Inputs
    yield! RunningCheckpoint.toNamed (fst (targets agent)) state.Targets
]

/// The state of named tensors; or every name that is missing or has another shape.
let ofNamed agent place find : Result<CadmState, string list> =
    let statistics part =
        RunningCheckpoint.ofNamed place find (fst (part agent))

    match
        NamedTensors.faultsOfAdamState find (model agent)
        @ RunningCheckpoint.faults find (inputs agent)
        @ RunningCheckpoint.faults find (targets agent)
    with
    | [] ->
        Ok(
            Tensors.scope CadmState.owns (fun () -> {
                Model = NamedTensors.adamState place find (model agent)
                Inputs = statistics inputs
                Targets = statistics targets
            })
        )
    | faults -> Error faults

/// Title, input, numbers of it, layers, and rows for one row of a batch, of each network.
let private outlines (agent: CadmAgent) = [
    let config = agent.Config
    let model = config.Settings
    let numbers = CadmConfig.inputs config

    if model.Context > 0 then
        let step, mean = CadmAgent.encoderSpecs config
        let each = $"each of {model.History} steps: state, action, change"
        "encoder of a step", each, CadmAgent.stepSize config, step, model.History
        "context", "mean over the steps", model.Units, mean, 1

    for title, state, outputs in
        [
            "forward model", "state", CadmConfig.outputs config
            "backward model", "next state", config.StateSize
        ] do
        let context =
            if model.Context = 0 then
                ""
            else
                $"; context of {model.Context} in the first layer"

        title,
        $"{state} and action{context}",
        numbers,
        CadmAgent.modelSpec config outputs,
        model.Future
]

/// A column for each network.
let columns agent : Diagram.Column list = [
    for title, input, features, spec, _ in outlines agent ->
        {
            Title = title
            Input = $"{input}: {features} numbers"
            Parts = Network.parts "" (CadmAgent.sizes features) spec
        }
]

/// The trained part of an agent, of which no gradients are taken task by task.
let part (agent: CadmAgent) = { TrainedPart.create agent.Layout with HasTaskGradients = false }

/// Every parameter with its name in a checkpoint below `name`, and their number, "trained" in other words.
let table (agent: CadmAgent) name trained =
    ParameterTable.text [ for slot in agent.Layout.Slots -> name, slot.Parameter ] [
        trained, agent.Layout.Length
    ]

let private describe plan (agent: CadmAgent) : AgentDescription = {
    Members = 1
    Groups = 1
    ObsSize = CadmConfig.obsSize agent.Config
    ActionSize = CadmConfig.actionSize agent.Config
    NoiseSize = CadmConfig.noiseSize plan agent.Config
    MemorySize = 0
    Parameters = { Trained = agent.Layout.Length; Targets = 0L; Fixed = 0L }
    Parts = [ part agent ]
    Networks = [
        for _, _, features, spec, rows in outlines agent do
            yield! List.replicate rows (CadmAgent.sizes features, spec)
    ]
    LeastEntropy = None
    Diagram = lazy (columns agent)
    ParameterTable = lazy (table agent "model" "trained")
}

/// The functions of an agent, over its states.
let algorithm plan (agent: CadmAgent) : Algorithm<CadmState, ReplaySample> = {
    Description = describe plan agent
    Start = CadmState.create agent
    Owns = CadmState.owns
    Act = Planner.act plan agent
    ActGreedily = Planner.actGreedily plan agent
    Update = fun state sample -> Cadm.update agent state (ReplaySample.only sample)
    RowLayers = fun _ -> Error "actions are planned, not computed by layers"
    ToNamed = toNamed agent
    OfNamed = ofNamed agent
    Capabilities = Capabilities.None
}

/// The agent of a valid configuration, which learns from rows drawn by `rows`.
let create shards rows plan (config: CadmConfig) : AnyAgent =
    let agent = CadmAgent.create shards config |> algorithm plan |> Algorithm.toAgent
    AnyAgent.OffPolicy(agent, { Rows = rows; Draws = []; Context = None })
