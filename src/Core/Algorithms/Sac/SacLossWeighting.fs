/// Stages of soft actor-critic for methods of surgery that weight losses: each one pass forward and one back,
/// as without surgery. None where an update needs gradients task by task (`SacSurgeryStages`).
module internal MtrlFunctional.Algorithms.SacLossWeighting

open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.SacActorCritic
open MtrlFunctional.Algorithms.SacSurgeryStages

/// The sum of each task's weighted rows, [tasks].
let private byTask (part: Batch) (rows: Tensor) = Tensor.sumDim 1 (part.Weight .* rows)

/// Improves the critics by the gradient of weighted losses; the task encoder's part of it goes to its stage.
let updateCritics (surgery: SacSurgery) (work: UpdateContext) : UpdateContext option =
    let { Agent = agent; Batch = batch } = work
    let part = partOfCritics surgery agent work.State

    let gradient () =
        let view, context = UpdateContext.view work |> recordCritics

        Shards.split agent.Shards batch (fun rows -> [| byTask rows (SacLosses.critic view rows) |])
        |> LossWeighting.gradient
            agent.Shards
            part
            (PerTaskGradients.shares batch.Weight)
            view.Critic
            context

    let step (found: LossWeighting.WeightedLosses) =
        let ofTaskEncoder =
            Array.tryHead found.Others
            |> Option.bind (throughTaskEncoder work)
            |> Option.map (Sharing.scaleOwn agent.TaskEncoderLayout found.ToShare)

        if Option.forall LossWeighting.isSound ofTaskEncoder then
            work
            |> UpdateContext.addTaskEncoderGradient ofTaskEncoder
            |> UpdateContext.step SacParts.critic agent.Config.CriticAdam found.Gradient
            |> UpdateContext.set SacParts.criticSurgery found.Memory
            |> UpdateContext.measure "critic_loss" (Tensor.sum found.Sums[0])
            |> Some
        else
            None

    if LossWeighting.applies surgery.OwnToo part then
        gradient () |> Option.bind step
    else
        None

/// Improves the actor in the same way.
let updateActor (surgery: SacSurgery) (work: UpdateContext) : UpdateContext option =
    let { Agent = agent; Batch = batch } = work
    let part = partOfActor surgery agent work.State
    let shares = PerTaskGradients.shares batch.Weight

    let gradient () =
        let view = UpdateContext.view work |> SacView.recordActor

        Shards.split agent.Shards batch (fun part ->
            let rows = SacLosses.actor view part
            [| rows.Loss; rows.Gap; rows.Entropy |] |> Array.map (byTask part))
        |> LossWeighting.gradient agent.Shards part shares view.Policy.Actor []

    let step (found: LossWeighting.WeightedLosses) =
        let gaps = Array.map2 (/) (Tensor.toDoubles found.Sums[1]) shares

        {
            work with
                EntropyGap = Some found.Sums[1]
                TaskGap = Some(gaps, shares |> Array.map (fun share -> share > 0.0))
        }
        |> UpdateContext.step SacParts.actor agent.Config.ActorAdam found.Gradient
        |> UpdateContext.set SacParts.actorSurgery found.Memory
        |> measureActor (Tensor.sum found.Sums[0]) (Tensor.sum found.Sums[2])

    if LossWeighting.applies surgery.OwnToo part then
        gradient () |> Option.map step
    else
        None
