/// Context-aware dynamics models with a planner as an agent: its functions, the names of its tensors and its diagram.
module MtrlFunctional.Cadm.CadmAlgorithm

open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// The parts of a state.
let private parts (agent: CadmAgent) : StatePart<CadmState> list =
    let statistics name size =
        Running.part $"statistics/{name}" [| int64 (size agent.Config) |]

    [
        StatePart.trained "model" agent.Layout _.Model (fun x s -> { s with Model = x })
        statistics "inputs" CadmConfig.inputs _.Inputs (fun x s -> { s with Inputs = x })
        statistics "targets" CadmConfig.targets _.Targets (fun x s -> { s with Targets = x })
    ]

/// The tensors of a state by name. They are views: valid as long as the state.
let toNamed agent = StatePart.toNamed (parts agent)

/// The state of named tensors; or every name that is missing or has another shape.
let ofNamed (agent: CadmAgent) options =
    StatePart.ofNamed CadmState.owns (CadmState.start agent options) (parts agent) options

/// The networks in the order of the data flow, and how often a row of a batch passes each.
let outlines (agent: CadmAgent) : NetworkOutline list =
    let config = agent.Config
    let model = config.Settings

    let outline title input features spec rows = {
        Title = title
        Input = $"{input}: {features} numbers"
        InputSizes = CadmAgent.sizes features
        Spec = spec
        Count = rows
    }

    [
        if model.Context > 0 then
            let step, mean = CadmAgent.encoderSpecs config
            let each = $"each of {model.History} steps: state, action, change"
            outline "encoder of a step" each (CadmAgent.stepSize config) step model.History
            outline "context" "mean over the steps" model.Units mean 1

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

            outline
                title
                $"{state} and action{context}"
                (CadmConfig.inputs config)
                (CadmAgent.modelSpec config outputs)
                model.Future
    ]

/// The trained part of an agent, of which no gradients are taken task by task.
let part (agent: CadmAgent) = { TrainedPart.create agent.Layout with HasTaskGradients = false }

let private describe plan (agent: CadmAgent) : AgentDescription = {
    AgentDescription.create
        (1, CadmConfig.obsSize agent.Config, CadmConfig.actionSize agent.Config)
        (outlines agent)
        (parts agent)
        [ part agent ] with
        NoiseSize = CadmConfig.noiseSize plan agent.Config
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
