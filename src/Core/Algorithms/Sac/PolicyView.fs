namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// The parameters of a state that the policy is computed from, read as its networks read them.
type PolicyView = {
    Agent: SacAgent
    /// The task that all rows and the parameters of single tasks belong to; none: all tasks, in order.
    ActiveTask: int option
    /// Task embeddings, [tasks; 1; features]; none without a task encoder.
    Context: Tensor option
    /// The encoder as the actor has it: that of the critics, with the actor's private parts.
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

    /// The policy over vectors at features.
    let ofFeatures view features : Gaussian =
        let config, output = view.Agent.Config, output view features
        let place = TensorOptions.ofTensor output

        {
            TanhGaussian.ofOutput config.LogStdBounds output with
                Mask = ActionMask.create place config.ActionSize view.ActiveTask config.ActionSizes
        }

    /// The policy over choices at features.
    let choicesOfFeatures view features : Categorical =
        output view features |> Categorical.ofLogits

    /// The policy over vectors at observations [tasks; rows; obs].
    let policy view obs = features view obs |> ofFeatures view

    /// The policy over choices at observations [tasks; rows; obs].
    let choices view obs =
        features view obs |> choicesOfFeatures view

    /// Samples of the policy at observations, for standard normal noise [tasks; rows; actions].
    let sample view obs noise =
        TanhGaussian.sample (policy view obs) noise

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

    /// Runs the task encoder, [tasks; 1; features].
    let internal encodeTasks (agent: SacAgent) activeTask notTrained taskEncoder : Tensor option =
        let encode (encoder: Module) =
            Weights.overlay notTrained "task_encoder" taskEncoder
            |> TaskEncoding.run encoder agent.Config.Tasks activeTask

        Option.map encode agent.TaskEncoder

    /// From weights that are read already. Runs the task encoder.
    let internal ofWeights agent activeTask actor critic notTrained taskEncoder : PolicyView = {
        Agent = agent
        ActiveTask = activeTask
        Context = encodeTasks agent activeTask notTrained taskEncoder
        ActorEncoder = actorEncoder agent critic notTrained actor
        Actor = actor
    }

    /// What acting needs of a state, for all tasks.
    let read (agent: SacAgent) (state: SacState) : PolicyView =
        ofWeights
            agent
            None
            (Layout.views agent.ActorLayout state.Actor.Values)
            (Layout.views agent.CriticLayout state.Critic.Values)
            (Layout.views agent.FixedLayout state.Fixed)
            (Layout.views agent.TaskEncoderLayout state.TaskEncoder.Values)
