namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// The input of losses: the one forward pass of soft actor-critic, for all tasks at once or for one task, with
/// constants or with leaves of a gradient in the place of a part.
type SacView = {
    /// The state of the view.
    State: SacState
    Policy: PolicyView
    Critic: Weights
    /// The target network of the critics.
    Target: Weights
    TaskEncoder: Weights
    /// Parameters that are never trained.
    NotTrained: Weights
    /// [tasks; 1].
    Alpha: Tensor
    /// Task embeddings as the critics read them, [tasks; 1; features].
    Context: Tensor option
    Regulariser: PolicyRegulariser
}

/// Reading states.
module SacView =
    /// A state with encodings of tasks that follow from `source`. All numbers are constants.
    let internal readFrom source regulariser (agent: SacAgent) (state: SacState) : SacView =
        let actor = Layout.views agent.ActorLayout state.Actor.Values
        let critic = Layout.views agent.CriticLayout state.Critic.Values
        let notTrained = Layout.views agent.FixedLayout state.Fixed
        let taskEncoder = Layout.views agent.TaskEncoderLayout state.TaskEncoder.Values

        let policy =
            PolicyView.ofWeights agent None source actor critic notTrained taskEncoder

        {
            State = state
            Policy = policy
            Critic = critic
            Target = Layout.views agent.CriticLayout state.Target
            TaskEncoder = taskEncoder
            NotTrained = notTrained
            Alpha = SacAgent.alpha agent.Config state.LogAlpha.Values
            Context = policy.Context
            Regulariser = regulariser
        }

    /// A state for all tasks, with the encodings that it acts greedily with. All numbers are constants.
    let read regulariser (agent: SacAgent) (state: SacState) : SacView =
        readFrom (PolicyView.sourceOf agent SacParts.encodings state) regulariser agent state

    /// A state at the start of an update by a batch, for all tasks; and the batch without its context. All numbers are
    /// constants.
    let readForUpdate regulariser (agent: SacAgent) (state: SacState) (batch: Batch) =
        match agent.Config.Context, TaskContext.take batch with
        | None, _ -> read regulariser agent state, batch
        | Some _, (Some context, batch) ->
            readFrom (EncodingSource.Transitions context) regulariser agent state, batch
        | Some _, (None, _) ->
            invalidArg
                (nameof batch)
                "Its draws have no context, which this agent infers tasks from."

    /// The view of a later state of the same update. Unchanged parts are not read again; task embeddings stay as at the
    /// start of the update.
    let advance (state: SacState) (view: SacView) : SacView =
        let agent = view.Policy.Agent

        let read before now layout weights =
            if obj.ReferenceEquals(before, now) then
                weights
            else
                Layout.views layout now

        let critic =
            view.Critic
            |> read view.State.Critic.Values state.Critic.Values agent.CriticLayout

        let actor =
            view.Policy.Actor
            |> read view.State.Actor.Values state.Actor.Values agent.ActorLayout

        {
            view with
                State = state
                Policy.Actor = actor
                Policy.ActorEncoder =
                    if
                        obj.ReferenceEquals(critic, view.Critic)
                        && obj.ReferenceEquals(actor, view.Policy.Actor)
                    then
                        view.Policy.ActorEncoder
                    else
                        PolicyView.actorEncoder agent critic view.NotTrained actor
                Critic = critic
                Target = view.Target |> read view.State.Target state.Target agent.CriticLayout
                TaskEncoder =
                    view.TaskEncoder
                    |> read
                        view.State.TaskEncoder.Values
                        state.TaskEncoder.Values
                        agent.TaskEncoderLayout
                Alpha =
                    if obj.ReferenceEquals(view.State.LogAlpha.Values, state.LogAlpha.Values) then
                        view.Alpha
                    else
                        SacAgent.alpha agent.Config state.LogAlpha.Values
        }

    /// The view with a leaf of a gradient in the place of the task embeddings that the critics read.
    let recordContext (view: SacView) = { view with Context = Option.map Tensor.leaf view.Context }

    /// The view with leaves of a gradient in the place of the critics' parameters.
    let recordCritic (view: SacView) = { view with Critic = Gradient.leaves view.Critic }

    /// The view with other weights in the place of the actor's parameters.
    let withActor actor (view: SacView) = {
        view with
            Policy.Actor = actor
            Policy.ActorEncoder =
                PolicyView.actorEncoder view.Policy.Agent view.Critic view.NotTrained actor
    }

    /// The view with leaves of a gradient in the place of the actor's parameters.
    let recordActor (view: SacView) =
        withActor (Gradient.leaves view.Policy.Actor) view

    /// The view of one task: shared parameters and its own. `learn` is applied to the task encoder's
    /// parameters.
    let private ofTask learn task (view: SacView) =
        let agent = view.Policy.Agent

        let own layout weights =
            Sharing.ofTask layout (int64 task) weights

        let actor = own agent.ActorLayout view.Policy.Actor
        let critic = own agent.CriticLayout view.Critic
        let notTrained = own agent.FixedLayout view.NotTrained
        let taskEncoder = own agent.TaskEncoderLayout view.TaskEncoder |> learn

        let policy =
            let source = EncodingSource.ofTask task view.Policy.Source
            PolicyView.ofWeights agent (Some task) source actor critic notTrained taskEncoder

        {
            view with
                Policy = policy
                Critic = critic
                Target = own agent.CriticLayout view.Target
                TaskEncoder = taskEncoder
                NotTrained = notTrained
                Alpha = Tensor.narrow 0 (int64 task) 1L view.Alpha
                Context = policy.Context
        }

    /// The view of a single task.
    let ofOneTask task view = ofTask id task view

    /// The view of a single task, with leaves in the place of the task encoder's parameters.
    let recordTaskEncoderOfTask task view = ofTask Gradient.leaves task view

    /// The view of a single task, with leaves in the place of the actor's parameters.
    let recordActorOfTask task view = ofOneTask task view |> recordActor

    /// Runs the task encoder with leaves in the place of its parameters: the leaves and the embeddings. None without
    /// a task encoder.
    let recordTaskEncoder (view: SacView) =
        let leaves = Gradient.leaves view.TaskEncoder

        PolicyView.encodeTasks
            view.Policy.Agent
            view.Policy.ActiveTask
            view.Policy.Source
            view.NotTrained
            leaves
        |> Option.map (fun context -> leaves, context)

    /// Observations [tasks; rows; obs] as critics see them, by `weights` of the critics or of their target.
    let features view weights obs =
        PolicyView.input view.Policy view.Context obs
        |> view.Policy.Agent.Encoder.Run weights

    /// The features of the critics and of the actor: computed once unless the actor has private parts of the encoder.
    let featuresOfBoth view obs =
        let critic = features view view.Critic obs

        if List.isEmpty view.Policy.Agent.Config.Networks.ActorPrivateParts then
            critic, critic
        else
            critic, PolicyView.features view.Policy obs

    /// Q₁ and Q₂ of actions at features, [tasks; rows] each, by `weights` of the critics or of their target.
    let values view (weights: Weights) features action =
        let input = PolicyView.input view.Policy view.Context (Rows.append features action)

        view.Policy.Agent.Critics
        |> List.map (fun q -> Tensor.squeeze 2 (q.Run weights input))

    /// Q₁ and Q₂ of every discrete action at features, [tasks; rows; actions] each, by `weights` of the critics or of
    /// their target.
    let valuesOfActions view (weights: Weights) features =
        let input = PolicyView.input view.Policy view.Context features
        view.Policy.Agent.Critics |> List.map (fun q -> q.Run weights input)

    /// min(Q₁, Q₂) of actions at features, [tasks; rows].
    let leastValue view weights features action =
        values view weights features action |> List.reduce Tensor.minimum
