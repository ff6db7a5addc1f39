/// On-policy agents that observe the state and, behind it, the context of a dynamics model. The losses of the model alone
/// train its encoder: for the on-policy agent a context is a number of the observation.
///
/// Paper: Lee, Seo, Lee, Lee and Shin 2020, arXiv:2005.06800, whose program (cadm/model_free/ppo_cadm.py) has the
/// contexts of a model that was trained before; here it is trained with the policy, on the same iterations.
///
/// Observations are frames (`History`), [tasks; rows; frames · frame].
module MtrlFunctional.Cadm.CadmPolicy

open MtrlFunctional.Agents
open MtrlFunctional.Algorithms
open MtrlFunctional.Networks
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// A dynamics model, and an on-policy agent for all tasks. No tensors.
type Agent = {
    Model: CadmAgent
    /// It observes `inputSize` numbers.
    Policy: Algorithm<OnPolicyState, EpisodeSample>
    Passes: PassSettings
}

/// Everything that it has learned.
type State = { Model: CadmState; Policy: OnPolicyState }

/// Numbers that policies and value functions observe: of a state and of a context.
let inputSize (config: CadmConfig) =
    config.StateSize + config.Settings.Context

/// Rows that are encoded together: the outputs of the encoder's layers take memory for each of their steps.
[<Literal>]
let private Together = 4096L

/// States with their contexts, [tasks; rows; frames · frame] to [tasks; rows; states + context]. Constants for
/// gradients.
let inputs (agent: CadmAgent) (state: CadmState) (obs: Tensor) : Tensor =
    let ofRows rows =
        Tensors.scope Seq.singleton (fun () ->
            let context = CadmModel.contextOf agent state rows |> Option.toArray
            Tensor.cat 1 [| Steps.newestState agent.Config rows; yield! context |])

    Tensors.constant Seq.singleton (fun () ->
        let all = Tensor.reshape [| 1L; -1L; Tensor.size 2 obs |] obs
        let count = Tensor.size 1 all

        let parts = [|
            for first in 0L .. Together .. count - 1L ->
                Tensor.narrow 1 first (min Together (count - first)) all |> ofRows
        |]

        Tensor.reshape [| Tensor.size 0 obs; Tensor.size 1 obs; -1L |] (Tensor.cat 0 parts))

/// A sample as the policies observe it.
let private observed (agent: Agent) (state: State) (sample: EpisodeSample) : EpisodeSample =
    let ofSteps (x: Tensor) =
        let shape = Tensor.shape x

        Tensor.reshape [| shape[0]; -1L; Array.last shape |] x
        |> inputs agent.Model state.Model
        |> Tensor.reshape [| yield! Array.truncate (shape.Length - 1) shape; -1L |]

    let episodes = sample.Episodes

    {
        sample with
            Episodes = {
                episodes with
                    Obs = ofSteps episodes.Obs
                    LastObs = ofSteps episodes.LastObs
            }
    }

/// The model after passes over the steps of an iteration, with the means of its losses. The given state stays the
/// caller's.
let private learnModel (agent: Agent) (start: CadmState) (sample: EpisodeSample) =
    let order = RowOrder.keyed (Key.forPurpose "model" sample.Key)
    let indices = CadmRows.places sample.Episodes

    let learn (state: CadmState, measured) minibatch =
        let next, metrics =
            Tensors.scope Cadm.owns (fun () ->
                CadmRows.batch sample.Episodes minibatch |> Cadm.update agent.Model state)

        if not (obj.ReferenceEquals(state, start)) then
            Tensors.replace CadmState.owns state next |> ignore

        next, metrics :: measured

    let state, measured =
        seq {
            for pass in 0 .. agent.Passes.Epochs - 1 do
                order pass 0 indices.Length
                |> Array.map (fun i -> indices[i])
                |> Array.chunkBySize agent.Passes.Minibatch
        }
        |> Seq.concat
        |> Seq.fold learn (start, [])

    state, Metrics.means measured

let private owns (state: State) =
    Seq.append (CadmState.owns state.Model) (OnPolicyState.owns state.Policy)

/// One update from the episodes of an iteration: `improve` changes the policies, from inputs by the contexts that
/// they acted with; then the model learns.
let private update (agent: Agent) (state: State) sample improve =
    let owned (state, metrics, _) =
        Seq.append (owns state) (Metrics.owns metrics)

    Tensors.scope owned (fun () ->
        let policy, metrics, found = observed agent state sample |> improve state.Policy
        let model, ofModel = learnModel agent state.Model sample
        { Model = model; Policy = policy }, metrics @ ofModel, found)

/// The name of a tensor of the model.
let private nameOfModel = Parameter.join "context"

/// Of two restored parts the one is freed where the other has faults.
let private ofNamed (agent: Agent) options (find: string -> Tensor option) =
    let owned = Result.map owns >> Result.defaultValue Seq.empty

    Tensors.scope owned (fun () ->
        let model =
            CadmAlgorithm.ofNamed agent.Model options (nameOfModel >> find)
            |> Result.mapError (List.map nameOfModel)

        match model, agent.Policy.OfNamed options find with
        | Ok model, Ok policy -> Ok { Model = model; Policy = policy }
        | Error faults, Ok _
        | Ok _, Error faults -> Error faults
        | Error ofModel, Error ofPolicy -> Error(ofModel @ ofPolicy))

let private describe (agent: Agent) : AgentDescription =
    let policy, model = agent.Policy.Description, agent.Model
    let states, context = model.Config.StateSize, model.Config.Settings.Context

    let observing (column: Diagram.Column) = {
        column with
            Input = $"state of {states} and context of {context}"
    }

    {
        policy with
            ObsSize = CadmConfig.obsSize model.Config
            Parameters.Trained = policy.Parameters.Trained + model.Layout.Length
            Parts = policy.Parts @ [ CadmAlgorithm.part model ]
            Diagram =
                lazy
                    (NetworkOutline.columns (CadmAlgorithm.outlines model)
                     @ List.map observing (policy.Diagram.Force()))
            ParameterTable =
                lazy
                    (String.concat "\n" [
                        ParameterTable.text [
                            for slot in model.Layout.Slots -> nameOfModel "model", slot.Parameter
                        ] [ "trained by predictions", model.Layout.Length ]
                        policy.ParameterTable.Force()
                    ])
    }

/// The functions of an agent.
let algorithm (agent: Agent) : Algorithm<State, EpisodeSample> =
    let policy = agent.Policy

    let acting act =
        fun (state: State) obs ->
            Tensors.scope Seq.singleton (fun () ->
                act state.Policy (inputs agent.Model state.Model obs))

    {
        Description = describe agent
        Start =
            fun key options -> {
                Model = CadmState.create agent.Model (Key.forPurpose "context" key) options
                Policy = policy.Start key options
            }
        Owns = owns
        Act =
            fun state obs noise ->
                acting (fun policy' obs -> policy.Act policy' obs noise) state obs
        ActGreedily = acting policy.ActGreedily
        Update =
            fun state sample ->
                let next, metrics, () =
                    update agent state sample (fun policies sample ->
                        let next, metrics = policy.Update policies sample
                        next, metrics, ())

                next, metrics
        RowLayers = fun _ -> Error "a context of the last steps of an episode"
        ToNamed =
            fun state -> [
                for name, tensor in CadmAlgorithm.toNamed agent.Model state.Model ->
                    nameOfModel name, tensor
                yield! policy.ToNamed state.Policy
            ]
        OfNamed = ofNamed agent
        // The model has no gradients of tasks.
        Capabilities = {
            Capabilities.None with
                UpdateWithConflicts =
                    policy.Capabilities.UpdateWithConflicts
                    |> Option.map (fun improve state step number sample ->
                        update agent state sample (fun policies -> improve policies step number))
        }
    }

/// An agent without a lag, one for all tasks.
let create shards (model: CadmConfig) passes (policy: OnPolicyConfig) : Agent = {
    Model = CadmAgent.create shards model
    Policy = OnPolicyAgent.create shards policy |> OnPolicyAlgorithm.algorithm
    Passes = passes
}
