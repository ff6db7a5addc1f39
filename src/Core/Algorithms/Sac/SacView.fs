namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// The regulariser of a policy, [tasks; rows], in the place of α log π: a function of the temperatures
/// α [tasks; 1], the batch, and the policy's sample. Rows of a single task come with the temperature of
/// that task.
type internal PolicyRegulariser = {
    /// At the next observations, in the target of the critics.
    InTarget: Tensor -> Batch -> PolicySample -> Tensor
    /// At the observations, in the loss of the actor.
    InActorLoss: Tensor -> Batch -> PolicySample -> Tensor
    /// The mean of the regulariser over the actions of a categorical policy, in both losses; none if it is defined for
    /// Gaussian policies only.
    OfCategorical: (Tensor -> Categorical -> Tensor) option
}

module internal PolicyRegulariser =
    /// α log π: maximum entropy (Haarnoja et al. 2018, arXiv:1812.05905).
    let entropy =
        let regulariser (alpha: Tensor) _ sample = alpha .* sample.LogProb

        let ofCategorical (alpha: Tensor) policy =
            Tensor.neg (alpha .* Categorical.entropy policy)

        {
            InTarget = regulariser
            InActorLoss = regulariser
            OfCategorical = Some ofCategorical
        }

/// The input of the task encoder.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type internal EncodingSource =
    /// The index of each task.
    | TaskIndex
    /// Transitions of each task.
    | Transitions of TaskContext
    /// Given encodings, [tasks; 1; width].
    | Encodings of Tensor

/// The parameters of a state as its networks read them, for all tasks at once or for one task, with constants or with
/// leaves of a gradient in the place of a part.
type internal SacView = {
    Agent: SacAgent
    /// The state of the view.
    State: SacState
    /// The task that all rows and the parameters of single tasks belong to; none: all tasks, in order.
    ActiveTask: int option
    /// The input of the task encoder.
    Source: EncodingSource
    /// Task embeddings, [tasks; 1; features]; none without a task encoder.
    Context: Tensor option
    Actor: Weights
    /// Encoder and critics.
    Critic: Weights
    TaskEncoder: Weights
    /// Parameters that are never trained.
    Fixed: Weights
    Regulariser: PolicyRegulariser
}

/// Reading states.
module internal SacView =
    /// The beliefs about tasks from the rows of a context with mask 1, by weights of the task encoder.
    let posterior (agent: SacAgent) (context: TaskContext) mask taskEncoder =
        let encoder = Option.get agent.TaskEncoder
        Posterior.product (encoder.Run taskEncoder (NetworkInput.ofRows context.Rows)) mask

    /// The view with the embeddings that the task encoder gives by its weights in the view; none without one.
    let private encode (view: SacView) =
        let config = view.Agent.Config

        let encodeBy (encoder: Module) =
            match view.Source with
            | EncodingSource.TaskIndex ->
                let weights = Weights.overlay view.Fixed "task_encoder" view.TaskEncoder

                match config.TrainingEncodings with
                | [] -> TaskEncoding.run encoder config.Tasks view.ActiveTask weights
                | ways -> TaskSampling.run encoder ways weights
            | EncodingSource.Transitions context ->
                posterior view.Agent context context.Kept view.TaskEncoder
                |> Posterior.sample context.Noise
            | EncodingSource.Encodings encodings -> encodings

        { view with Context = Option.map encodeBy view.Agent.TaskEncoder }

    let private readWith source (agent: SacAgent) (state: SacState) : SacView =
        encode {
            Agent = agent
            State = state
            ActiveTask = None
            Source = source
            Context = None
            Actor = Layout.views agent.ActorLayout state.Actor.Values
            Critic = Layout.views agent.CriticLayout state.Critic.Values
            TaskEncoder = Layout.views agent.TaskEncoderLayout state.TaskEncoder.Values
            Fixed = Layout.views agent.FixedLayout state.Fixed
            Regulariser = PolicyRegulariser.entropy
        }

    /// Inferred encodings as a source, where tasks are inferred.
    let private sourceOf (agent: SacAgent) encodings =
        match agent.Config.Context with
        | None -> EncodingSource.TaskIndex
        | Some context ->
            Tensor.reshape [| int64 agent.Config.Tasks; 1L; int64 context.Draw.Width |] encodings
            |> EncodingSource.Encodings

    /// A state for all tasks, with the encodings that it acts greedily with, and maximum entropy. All numbers are
    /// constants.
    [<CompiledName("Read")>]
    let read (agent: SacAgent) (state: SacState) : SacView =
        readWith (sourceOf agent state.Encodings) agent state

    /// As `read`, with the encodings that the state explores with.
    let readExploring (agent: SacAgent) (state: SacState) : SacView =
        readWith (sourceOf agent state.ExploringEncodings) agent state

    /// As `read`, at the start of an update by a batch; and the batch without its context.
    let readForUpdate (agent: SacAgent) (state: SacState) (batch: Batch) =
        match agent.Config.Context, TaskContext.take batch with
        | None, _ -> read agent state, batch
        | Some _, (Some context, batch) ->
            readWith (EncodingSource.Transitions context) agent state, batch
        | Some _, (None, _) ->
            invalidArg
                (nameof batch)
                "Its draws have no context, which this agent infers tasks from."

    /// The view of a later state of the same update. Unchanged parts are not read again; task embeddings stay as at the
    /// start of the update.
    let advance (state: SacState) (view: SacView) : SacView =
        let advanced layout (part: SacState -> AdamState) weights =
            if obj.ReferenceEquals((part view.State).Values, (part state).Values) then
                weights
            else
                Layout.views layout (part state).Values

        {
            view with
                State = state
                Actor = advanced view.Agent.ActorLayout _.Actor view.Actor
                Critic = advanced view.Agent.CriticLayout _.Critic view.Critic
                TaskEncoder = advanced view.Agent.TaskEncoderLayout _.TaskEncoder view.TaskEncoder
        }

    /// The view of a single task: shared parameters and its own. `learn` is applied to the task encoder's parameters.
    let ofTask learn (task: int) (view: SacView) =
        let own layout weights =
            Sharing.ofTask layout (int64 task) weights

        encode {
            view with
                ActiveTask = Some task
                Source =
                    match view.Source with
                    | EncodingSource.TaskIndex -> view.Source
                    | EncodingSource.Transitions context ->
                        EncodingSource.Transitions(TaskContext.ofTask task context)
                    | EncodingSource.Encodings encodings ->
                        EncodingSource.Encodings(Tensor.narrow 0 (int64 task) 1L encodings)
                Actor = own view.Agent.ActorLayout view.Actor
                Critic = own view.Agent.CriticLayout view.Critic
                TaskEncoder = own view.Agent.TaskEncoderLayout view.TaskEncoder |> learn
                Fixed = own view.Agent.FixedLayout view.Fixed
        }

    /// The view with leaves in the place of the task encoder's parameters, and embeddings that follow from them.
    let recordTaskEncoder (view: SacView) =
        encode { view with TaskEncoder = Gradient.leaves view.TaskEncoder }

    /// The view with a leaf of a gradient in the place of the task embeddings.
    let recordContext (view: SacView) = { view with Context = Option.map Tensor.leaf view.Context }

    /// The target network of the critics. Constants.
    let target (view: SacView) : Weights =
        let layout = view.Agent.CriticLayout
        let all = Layout.views layout view.State.Target

        match view.ActiveTask with
        | Some task -> Sharing.ofTask layout (int64 task) all
        | None -> all

    /// α of the rows of a batch, [tasks; 1] or [tasks; rows]. A constant.
    let alpha (view: SacView) (batch: Batch) =
        let all = SacAgent.alpha view.Agent.Config view.State.LogAlpha.Values

        let ofTasks =
            match view.ActiveTask with
            | Some task -> Tensor.narrow 0 (int64 task) 1L all
            | None -> all

        match Map.tryFind RandomDraw.blocks batch.Draws with
        | Some blocks -> Tensor.sumDim 2 (blocks .* Tensor.unsqueeze 1 ofTasks)
        | None -> ofTasks

    let private input (view: SacView) rows = {
        NetworkInput.ofRows rows with
            Context = view.Context
            Task = view.ActiveTask
    }

    /// Observations [tasks; rows; obs] as critics see them, by `weights` of the critics or of their target.
    [<CompiledName("Features")>]
    let features (view: SacView) weights obs =
        input view obs |> view.Agent.Encoder.Run weights

    /// The actor's encoder: the critics' encoder with the actor's private parts.
    let actorEncoder (view: SacView) : Weights =
        let networks = view.Agent.Config.Networks

        match networks.ActorPrivateParts with
        | [] -> view.Critic
        | _ when networks.TrainsPrivateParts -> Weights.replace view.Actor view.Critic
        | _ -> Weights.overlay view.Fixed "actor" view.Critic

    /// Observations as the actor sees them.
    [<CompiledName("ActorFeatures")>]
    let actorFeatures (view: SacView) obs = features view (actorEncoder view) obs

    /// The features of the critics and of the actor in the actor's loss: computed once unless the actor has private parts of
    /// the encoder. What the encoder makes of observations is a constant, but for private parts that are trained.
    let featuresOfBoth (view: SacView) obs =
        let networks = view.Agent.Config.Networks

        let run weights =
            { input view obs with IsConstant = not networks.TrainsPrivateParts }
            |> view.Agent.Encoder.Run weights

        let critic = run view.Critic

        if List.isEmpty networks.ActorPrivateParts then
            critic, critic
        else
            critic, run (actorEncoder view)

    /// The Gaussian policy at features of the actor.
    [<CompiledName("Gaussian")>]
    let gaussian (view: SacView) features : Gaussian =
        let config = view.Agent.Config
        let output = input view features |> view.Agent.Actor.Run view.Actor
        let options = TensorOptions.ofTensor output

        {
            TanhGaussian.ofOutput config.LogStdLimit config.LogStdBounds output with
                Mask =
                    ActionMask.create options config.ActionSize view.ActiveTask config.ActionSizes
        }

    /// The categorical policy at features of the actor.
    let categorical (view: SacView) features : Categorical =
        input view features |> view.Agent.Actor.Run view.Actor |> Categorical.ofLogits

    /// Q₁ and Q₂ of actions at features, [tasks; rows] each, by `weights` of the critics or of their target.
    [<CompiledName("Values")>]
    let values (view: SacView) (weights: Weights) features action =
        let input = input view (Rows.append features action)

        view.Agent.Critics |> List.map (fun q -> Tensor.squeeze 2 (q.Run weights input))

    /// Q₁ and Q₂ of every discrete action at features, [tasks; rows; actions] each, by `weights` of the critics or of
    /// their target.
    let valuesOfActions (view: SacView) (weights: Weights) features =
        let input = input view features
        view.Agent.Critics |> List.map (fun q -> q.Run weights input)
