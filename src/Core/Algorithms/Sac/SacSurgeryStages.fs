/// Stages of soft actor-critic that follow the gradient which surgery makes of the tasks' gradients.
module internal MtrlFunctional.Algorithms.SacSurgeryStages

open MtrlFunctional.Algorithms.SacActorCritic
open MtrlFunctional.Randomness
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// The sum of a number for each present task, times the task's share of the batch.
let overTasks (batch: Batch) (numbers: Tensor) =
    let share = Tensor.sumDim 1 batch.Weight
    let none = Tensor.zerosLike share
    Tensor.where (Tensor.isPositive share) (share .* numbers) none

/// [tasks] numbers as a tensor with the options of the batch.
let private asTensor (batch: Batch) (numbers: float[]) =
    TensorOptions.fromDoubles (TensorOptions.ofTensor batch.Weight) numbers [|
        int64 numbers.Length
    |]

/// The key of the random numbers of this update.
let private keyOf (surgery: SacSurgery) purpose (state: SacState) =
    surgery.Key |> Key.forPurpose purpose |> Key.at state.Critic.Steps

/// Surgery of the critics' gradients.
let partOfCritics
    (surgery: SacSurgery)
    (agent: SacAgent)
    (state: SacState)
    : CombineGradients.Part = {
    Method = surgery.OfCritic
    Layouts = [
        agent.CriticLayout
        if agent.Config.CriticTrainsTaskEncoder then
            agent.TaskEncoderLayout
    ]
    Places = [ "q1"; "q2" ]
    Memory = state.CriticSurgery
    Key = keyOf surgery "critic" state
}

/// Surgery of the actor's gradients.
let partOfActor (surgery: SacSurgery) (agent: SacAgent) (state: SacState) : CombineGradients.Part = {
    Method = surgery.OfActor
    Layouts = [ agent.ActorLayout ]
    Places = [ "" ]
    Memory = state.ActorSurgery
    Key = keyOf surgery "actor" state
}

/// Improves the critics by the combined gradient, whose part for the task encoder goes to its stage.
let updateCritics (surgery: SacSurgery) (work: UpdateContext) : UpdateContext =
    let { Agent = agent; State = state; Batch = batch } = work
    let gradients = SacTaskGradients.critic (UpdateContext.view work) batch

    let joined =
        gradients
        |> CombineGradients.combine surgery.OwnToo (partOfCritics surgery agent state)

    let losses = asTensor batch gradients.Shared.Losses

    let ofTaskEncoder =
        agent.TaskEncoder |> Option.bind (fun _ -> List.tryItem 1 joined.Directions)

    work
    |> UpdateContext.addTaskEncoderGradient ofTaskEncoder
    |> UpdateContext.step SacParts.critic agent.Config.CriticAdam [| joined.Directions.Head |]
    |> UpdateContext.set SacParts.criticSurgery joined.Memory
    |> UpdateContext.measure "critic_loss" (Tensor.sum (overTasks batch losses))

/// Improves the actor by the combined gradient.
let updateActor (surgery: SacSurgery) (work: UpdateContext) : UpdateContext =
    let { Agent = agent; State = state; Batch = batch } = work
    let gradients = SacTaskGradients.actor (UpdateContext.view work) batch

    let joined =
        gradients
        |> CombineGradients.combine surgery.OwnToo (partOfActor surgery agent state)

    let losses = asTensor batch gradients.Shared.Losses
    let gap = gradients.Means[0]

    {
        work with
            EntropyGap = Some(overTasks batch gap)
            TaskGap = Some(Tensor.toDoubles gap, gradients.Shared.Present)
    }
    |> UpdateContext.step SacParts.actor agent.Config.ActorAdam (List.toArray joined.Directions)
    |> UpdateContext.set SacParts.actorSurgery joined.Memory
    |> measureActor
        (Tensor.sum (overTasks batch losses))
        (Tensor.sum (overTasks batch gradients.Means[1]))

/// Adjusts the temperatures by the gradient that the method makes of the tasks' gradients.
let adjustTemperature
    (surgery: SacSurgery)
    (method': Surgery)
    (work: UpdateContext)
    : UpdateContext =
    let { Agent = { Config = config }; State = state } = work
    let gaps, present = Option.get work.TaskGap
    let tasks = gaps.Length
    let alphas = Tensor.toDoubles (SacAgent.alpha config state.LogAlpha.Values)
    let losses = Array.map2 (*) alphas gaps
    // ∂α/∂log α = α; in shared mode all tasks move the first.
    let at task =
        if config.PerTaskTemperature then task else 0

    let rows =
        Array.init (tasks * tasks) (fun i ->
            if at (i / tasks) = i % tasks then
                losses[i / tasks]
            else
                0.0)

    let rows = Tensor.reshape [| int64 tasks; int64 tasks |] (asTensor work.Batch rows)
    let gradients = { TaskGradients.create rows losses with Present = present }
    let key = keyOf surgery "temperature" state

    let combined = Surgery.combine method' gradients key SurgeryState.empty

    let loss =
        SacLosses.temperature config state.LogAlpha.Values (UpdateContext.entropyGap work)

    stepTemperature combined.Direction loss work
