/// On-policy agents that observe the context of a dynamics model, as agents.
module MtrlFunctional.Agents.CadmPolicyAlgorithm

open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// The prefix of the model's names.
let private ofModel = Parameter.join "context"

let private describe (agent: CadmPolicyAgent) : AgentDescription =
    let policies = (OnPolicyAlgorithm.algorithm agent.Policies).Description
    let model = agent.Model.Layout

    let observing (column: Diagram.Column) =
        let sizes: CadmConfig = agent.Config.Model

        {
            column with
                Input = $"state of {sizes.StateSize} and context of {sizes.ContextSize}"
        }

    {
        policies with
            ObsSize = CadmConfig.obsSize agent.Config.Model
            Parameters.Trained = policies.Parameters.Trained + model.Length
            Parts = policies.Parts @ [ { TrainedPart.create model with HasTaskGradients = false } ]
            Diagram =
                lazy
                    (CadmAlgorithm.columns agent.Model
                     @ List.map observing (policies.Diagram.Force()))
            ParameterTable =
                lazy
                    (String.concat "\n" [
                        ParameterTable.text [
                            for slot in model.Slots -> ofModel "model", slot.Parameter
                        ] [ "trained by predictions", model.Length ]
                        policies.ParameterTable.Force()
                    ])
    }

let private toNamed (agent: CadmPolicyAgent) (state: CadmPolicyState) = [
    for name, tensor in CadmAlgorithm.toNamed agent.Model state.Model -> ofModel name, tensor
    yield! IndependentAgents.toNamed agent.Policies state.Policies
]

let private ofNamed
    (agent: CadmPolicyAgent)
    place
    (find: string -> Tensor option)
    : Result<CadmPolicyState, string list> =
    let model =
        CadmAlgorithm.ofNamed agent.Model place (fun name -> find (ofModel name))
        |> Result.mapError (List.map ofModel)

    match model, IndependentAgents.ofNamed agent.Policies place find with
    | Ok model, Ok policies -> Ok { Model = model; Policies = policies }
    | model, policies ->
        let dispose owns state =
            for tensor: Tensor in owns state do
                tensor.Dispose()

        Result.iter (dispose CadmState.owns) model
        Result.iter (dispose IndependentAgents.owns) policies

        let faults =
            function
            | Ok _ -> []
            | Error faults -> faults

        Error(faults model @ faults policies)

/// The functions of an agent.
let algorithm (agent: CadmPolicyAgent) : Algorithm<CadmPolicyState, EpisodeSample> = {
    Description = describe agent
    Start = CadmPolicy.start agent
    Owns = CadmPolicy.owns
    Act = CadmPolicy.act agent
    ActGreedily = CadmPolicy.actGreedily agent
    Update =
        fun state sample -> CadmPolicy.update agent state sample.Key sample.Progress sample.Episodes
    RowLayers = fun _ -> Error "a context of the last steps of an episode"
    ToNamed = toNamed agent
    OfNamed = ofNamed agent
    Capabilities = {
        Capabilities.None with
            UpdateWithConflicts =
                Some(fun state step number sample ->
                    CadmPolicy.updateWithConflicts
                        agent
                        state
                        step
                        number
                        sample.Key
                        sample.Progress
                        sample.Episodes)
    }
}

/// The agent of a valid configuration without a lag, one for all tasks.
[<CompiledName("Create")>]
let create shards (config: CadmPolicyConfig) : AnyAgent =
    CadmPolicy.create shards config
    |> algorithm
    |> Algorithm.toAgent
    |> AnyAgent.OnPolicy
