namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// The input of the task encoder.
[<RequireQualifiedAccess; NoEquality; NoComparison>]
type EncodingSource =
    /// The index of each task.
    | TaskIndex
    /// Transitions of each task.
    | Transitions of TaskContext
    /// Given encodings, [tasks; 1; width].
    | Encodings of Tensor

module internal EncodingSource =
    /// The source of one task, [1; …].
    let ofTask (task: int) source =
        match source with
        | EncodingSource.TaskIndex -> source
        | EncodingSource.Transitions context ->
            EncodingSource.Transitions(TaskContext.ofTask task context)
        | EncodingSource.Encodings encodings ->
            EncodingSource.Encodings(Tensor.narrow 0 (int64 task) 1L encodings)

/// The parameters of a state that the policy is computed from, read as its networks read them.
type PolicyView = {
    Agent: SacAgent
    /// The task that all rows and the parameters of single tasks belong to; none: all tasks, in order.
    ActiveTask: int option
    /// The input of the task encoder.
    Source: EncodingSource
    /// Task embeddings, [tasks; 1; features]; none without a task encoder.
    Context: Tensor option
    /// The actor's encoder: the critics' encoder with the actor's private parts.
    ActorEncoder: Weights
    Actor: Weights
}

/// The policy at observations.
module PolicyView =
    let internal input view context rows = {
        NetworkInput.ofRows rows with
            Context = context
            Task = view.ActiveTask
    }

    /// The actor's encoding of observations [tasks; rows; obs], [tasks; rows; features].
    let features view obs =
        input view view.Context obs |> view.Agent.Encoder.Run view.ActorEncoder

    let private output view features =
        input view view.Context features |> view.Agent.Actor.Run view.Actor

    /// The Gaussian policy at features.
    let ofFeatures view features : Gaussian =
        let config, output = view.Agent.Config, output view features
        let place = TensorOptions.ofTensor output

        {
            TanhGaussian.ofOutput config.LogStdBounds output with
                Mask = ActionMask.create place config.ActionSize view.ActiveTask config.ActionSizes
        }

    /// The categorical policy at features.
    let categoricalOfFeatures view features : Categorical =
        output view features |> Categorical.ofLogits

    /// The Gaussian policy at observations [tasks; rows; obs].
    let policy view obs = features view obs |> ofFeatures view

    /// The categorical policy at observations [tasks; rows; obs].
    let categorical view obs =
        features view obs |> categoricalOfFeatures view

    /// Samples of the policy at observations, for standard normal noise [tasks; rows; actions].
    let sample view obs noise =
        TanhGaussian.sampleBy view.Agent.Config.SquashDensity (policy view obs) noise

    /// The critics' encoder with the actor's private parts.
    let internal actorEncoder
        (agent: SacAgent)
        (critic: Weights)
        (notTrained: Weights)
        (actor: Weights)
        : Weights =
        match agent.Config.Networks.ActorPrivateParts, agent.Config.Networks.TrainsPrivateParts with
        | [], _ -> critic
        | _, true -> Weights.replace actor critic
        | _, false -> Weights.overlay notTrained "actor" critic

    /// The beliefs about tasks from the rows of a context with mask 1.
    let internal posterior (encoder: Module) (context: TaskContext) mask taskEncoder =
        let factors = encoder.Run taskEncoder (NetworkInput.ofRows context.Rows)
        Posterior.product factors mask

    /// Runs the task encoder, [tasks; 1; features].
    let internal encodeTasks
        (agent: SacAgent)
        activeTask
        source
        notTrained
        taskEncoder
        : Tensor option =
        let encode (encoder: Module) =
            match source with
            | EncodingSource.TaskIndex ->
                Weights.overlay notTrained "task_encoder" taskEncoder
                |> TaskEncoding.run encoder agent.Config.Tasks activeTask
            | EncodingSource.Transitions context ->
                posterior encoder context context.Kept taskEncoder
                |> Posterior.sample context.Noise
            | EncodingSource.Encodings encodings -> encodings

        Option.map encode agent.TaskEncoder

    /// From weights that are read already. Runs the task encoder.
    let internal ofWeights
        agent
        activeTask
        source
        actor
        critic
        notTrained
        taskEncoder
        : PolicyView = {
        Agent = agent
        ActiveTask = activeTask
        Source = source
        Context = encodeTasks agent activeTask source notTrained taskEncoder
        ActorEncoder = actorEncoder agent critic notTrained actor
        Actor = actor
    }

    /// Encodings in a part of a state, where they are inferred.
    let internal sourceOf (agent: SacAgent) (part: PartKey<Tensor>) (state: SacState) =
        match agent.Config.Context with
        | None -> EncodingSource.TaskIndex
        | Some context ->
            let shape = [| int64 agent.Config.Tasks; 1L; int64 context.Draw.Width |]
            EncodingSource.Encodings(Tensor.reshape shape (state.Get part))

    let private readWith source (agent: SacAgent) (state: SacState) : PolicyView =
        ofWeights
            agent
            None
            source
            (Layout.views agent.ActorLayout state.Actor.Values)
            (Layout.views agent.CriticLayout state.Critic.Values)
            (Layout.views agent.FixedLayout state.Fixed)
            (Layout.views agent.TaskEncoderLayout state.TaskEncoder.Values)

    /// The parameters of a state that acting uses, for all tasks.
    let read (agent: SacAgent) (state: SacState) : PolicyView =
        readWith (sourceOf agent SacParts.encodings state) agent state

    /// As `read`, for exploring.
    let readExploring (agent: SacAgent) (state: SacState) : PolicyView =
        readWith (sourceOf agent SacParts.exploringEncodings state) agent state
