namespace MtrlFunctional.Algorithms

open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// An on-policy agent that observes the context of a dynamics model.
type CadmPolicyConfig = {
    Model: CadmConfig
    /// The policy, which observes `CadmPolicy.inputSize` numbers.
    Policy: OnPolicyConfig
    /// Passes of the model over the steps of an iteration.
    Epochs: int
    /// Rows of a minibatch of the model.
    Minibatch: int
}

/// A configuration with its networks built. No tensors.
type CadmPolicyAgent = {
    Config: CadmPolicyConfig
    Model: CadmAgent
    /// One agent for all tasks, which observes states with contexts.
    Policies: IndependentAgents
}

/// Everything that it has learned.
type CadmPolicyState = { Model: CadmState; Policies: OnPolicyState list }

/// Policies and value functions that observe the state and, behind it, the context of a dynamics model. The losses of
/// the model alone train its encoder: for the on-policy agent a context is a number of the observation.
///
/// Paper: Lee, Seo, Lee, Lee and Shin 2020, arXiv:2005.06800, whose program (cadm/model_free/ppo_cadm.py) has the
/// contexts of a model that was trained before; here it is trained with the policy, on the same iterations.
///
/// Observations are frames (`History`), [tasks; rows; frames · frame].
module CadmPolicy =
    /// Numbers that policies and value functions observe: of a state and of a context.
    [<CompiledName("InputSize")>]
    let inputSize (config: CadmConfig) = config.StateSize + config.ContextSize

    [<CompiledName("Create")>]
    let create shards (config: CadmPolicyConfig) : CadmPolicyAgent = {
        Config = config
        Model = CadmAgent.create shards config.Model
        Policies = IndependentAgents.create shards 1 config.Policy
    }

    [<CompiledName("Owns")>]
    let owns (state: CadmPolicyState) : seq<Tensor> =
        Seq.append (CadmState.owns state.Model) (IndependentAgents.owns state.Policies)

    /// A state before the first update, with the options `place`.
    [<CompiledName("Start")>]
    let start (agent: CadmPolicyAgent) key place : CadmPolicyState = {
        Model = CadmState.create agent.Model (Key.forPurpose "context" key) place
        Policies = IndependentAgents.start agent.Policies key place
    }

    /// Rows that are encoded together: the outputs of the encoder's layers take memory for each of their steps.
    [<Literal>]
    let private Together = 4096L

    /// States with their contexts, [tasks; rows; frames · frame] to [tasks; rows; states + context]. Constants for
    /// gradients.
    [<CompiledName("Inputs")>]
    let inputs (agent: CadmPolicyAgent) (state: CadmPolicyState) (obs: Tensor) : Tensor =
        let config = agent.Config.Model

        let ofRows rows =
            Tensors.scope Seq.singleton (fun () ->
                let own = Steps.framesOf config rows |> Steps.newestState config

                match Cadm.contextOf agent.Model state.Model rows with
                | Some context -> Tensor.cat 1 [| own; context |]
                | None -> Tensor.clone own)

        Tensors.constant Seq.singleton (fun () ->
            let all = Tensor.reshape [| 1L; -1L; Tensor.size 2 obs |] obs
            let count = Tensor.size 1 all

            let parts = [|
                for first in 0L .. Together .. count - 1L ->
                    Tensor.narrow 1 first (min Together (count - first)) all |> ofRows
            |]

            Tensor.reshape [| Tensor.size 0 obs; Tensor.size 1 obs; -1L |] (Tensor.cat 0 parts))

    /// Actions to explore with, as `OnPolicy.act`.
    [<CompiledName("Act")>]
    let act (agent: CadmPolicyAgent) (state: CadmPolicyState) obs noise =
        Tensors.scope Seq.singleton (fun () ->
            IndependentAgents.act agent.Policies state.Policies (inputs agent state obs) noise)

    /// As `OnPolicy.actGreedily`.
    [<CompiledName("ActGreedily")>]
    let actGreedily (agent: CadmPolicyAgent) (state: CadmPolicyState) obs =
        Tensors.scope Seq.singleton (fun () ->
            IndependentAgents.actGreedily agent.Policies state.Policies (inputs agent state obs))

    /// Episodes as the policies observe them.
    let private observed (agent: CadmPolicyAgent) state (episodes: Episodes) : Episodes =
        let ofSteps (x: Tensor) =
            let shape = Tensor.shape x
            let rows = Tensor.reshape [| shape[0]; -1L; Array.last shape |] x

            Tensor.reshape
                [| yield! Array.truncate (shape.Length - 1) shape; -1L |]
                (inputs agent state rows)

        { episodes with Obs = ofSteps episodes.Obs; LastObs = ofSteps episodes.LastObs }

    /// The model after passes over the steps of an iteration, with the means of its losses. The given state stays the
    /// caller's.
    let private learnModel (agent: CadmPolicyAgent) (start: CadmState) key episodes =
        let order = RowOrder.keyed (Key.forPurpose "model" key)
        let places = CadmRows.places episodes

        let owned (state, metrics) =
            Seq.append (CadmState.owns state) (Metrics.owns metrics)

        let learn (state: CadmState, measured) minibatch =
            let next, metrics =
                Tensors.scope owned (fun () ->
                    CadmRows.batch episodes minibatch |> Cadm.update agent.Model state)

            if not (obj.ReferenceEquals(state, start)) then
                Tensors.replace CadmState.owns state next |> ignore

            next, metrics :: measured

        let state, measured =
            Seq.init agent.Config.Epochs (fun number ->
                CadmRows.pass order agent.Config.Minibatch number places)
            |> Seq.concat
            |> Seq.fold learn (start, [])

        state, Metrics.means measured

    /// One update from the episodes of an iteration: `improve` changes the policies, from inputs by the contexts that
    /// they acted with; then the model learns.
    let private updateBy (agent: CadmPolicyAgent) (state: CadmPolicyState) key episodes improve =
        let owned (state, metrics, _) =
            Seq.append (owns state) (Metrics.owns metrics)

        Tensors.scope owned (fun () ->
            let policies, metrics, found = observed agent state episodes |> improve
            let model, ofModel = learnModel agent state.Model key episodes
            { Model = model; Policies = policies }, metrics @ ofModel, found)

    /// As `IndependentAgents.update`.
    [<CompiledName("Update")>]
    let update
        (agent: CadmPolicyAgent)
        (state: CadmPolicyState)
        key
        progress
        episodes
        : CadmPolicyState * Metrics =
        let next, metrics, () =
            updateBy agent state key episodes (fun observed ->
                let policies, metrics =
                    IndependentAgents.update
                        agent.Policies
                        state.Policies
                        key
                        progress
                        None
                        observed

                policies, metrics, ())

        next, metrics

    /// As `IndependentAgents.updateWithConflicts`; the model has no gradients of tasks.
    [<CompiledName("UpdateWithConflicts")>]
    let updateWithConflicts
        (agent: CadmPolicyAgent)
        (state: CadmPolicyState)
        step
        number
        key
        progress
        episodes
        =
        updateBy agent state key episodes (fun observed ->
            IndependentAgents.updateWithConflicts
                agent.Policies
                state.Policies
                step
                number
                key
                progress
                None
                observed)
