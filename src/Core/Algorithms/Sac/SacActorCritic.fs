/// The stages of soft actor-critic without surgery, and functions that the stages with surgery share.
module internal MtrlFunctional.Algorithms.SacActorCritic

open MtrlFunctional.Tensors

/// The lines of the actor's stage in the log.
let measureActor loss entropy (work: UpdateContext) =
    let wanted = ActorRows.targetEntropies work.Agent.Config |> List.average

    work
    |> UpdateContext.measure "actor_loss" loss
    |> UpdateContext.measure "actor_entropy" entropy
    |> UpdateContext.measure
        "actor_target_entropy"
        (Draw.constant (TensorOptions.ofTensor loss) wanted [||])

/// The gradient with respect to the task encoder's parameters, from the gradient with respect to the task embeddings;
/// none without a task encoder.
let throughTaskEncoder (work: UpdateContext) (gradient: Tensor) =
    let layout = work.Agent.TaskEncoderLayout

    SacView.recordTaskEncoder work.Start
    |> Option.map (fun (leaves, context) ->
        Tensor.sum (context .* gradient) |> Gradient.flat layout leaves [] |> fst)

/// One step of the temperatures, whose loss was measured.
let stepTemperature gradient (loss: Tensor) (work: UpdateContext) =
    let { Config = config }, before = work.Agent, work.State.LogAlpha

    work
    |> UpdateContext.set SacParts.logAlpha (AdamState.step config.TemperatureAdam gradient before)
    |> UpdateContext.measure "alpha_loss" (UpdateContext.reported work loss)
    |> UpdateContext.measure "alpha_value" (Tensor.mean (SacAgent.alpha config before.Values))

/// The view with leaves in the place of the critics' parameters; and, where their loss trains the task encoder, the
/// leaf in the place of the task embeddings.
let recordCritics (view: SacView) =
    let view = SacView.recordCritic view

    if view.Policy.Agent.Config.CriticTrainsTaskEncoder then
        let view = SacView.recordContext view
        view, Option.toList view.Context
    else
        view, []

/// The critics descend their mean loss; its gradient with respect to the task embeddings goes to the task encoder's
/// stage.
let updateCritics (work: UpdateContext) : UpdateContext =
    let agent = work.Agent
    let view, context = UpdateContext.view work |> recordCritics

    let gradient, sums =
        Shards.runPieces agent.Shards work.Batch (fun part ->
            let loss = SacLosses.critic view part |> Batch.mean part
            let gradient, others = Gradient.pieces agent.CriticLayout view.Critic context loss
            gradient, [| Tensor.detach loss; yield! others |])

    work
    |> UpdateContext.addContextGradient (Array.tryItem 1 sums)
    |> UpdateContext.stepPieces SacParts.critic agent.Config.CriticAdam gradient
    |> UpdateContext.measure "critic_loss" (UpdateContext.reported work sums[0])

/// The actor descends its mean loss, at the improved critics.
let updateActor (work: UpdateContext) : UpdateContext =
    let view = UpdateContext.view work

    let work, sums =
        work
        |> UpdateContext.descend
            SacParts.actor
            work.Agent.Config.ActorAdam
            work.Batch
            (fun leaves part ->
                let rows = SacLosses.actor (SacView.withActor leaves view) part
                let loss = Batch.mean part rows.Loss

                loss,
                [|
                    Tensor.detach loss
                    Tensor.sumDim 1 (part.Weight .* rows.Gap)
                    Batch.mean part rows.Entropy
                |])

    { work with EntropyGap = Some sums[1] }
    |> measureActor (UpdateContext.reported work sums[0]) (UpdateContext.reported work sums[2])

/// The temperatures descend their loss at the entropy of the actor before its step.
let adjustTemperature (work: UpdateContext) : UpdateContext =
    let leaf = Tensor.leaf work.State.LogAlpha.Values

    let loss =
        SacLosses.temperature work.Agent.Config leaf (UpdateContext.entropyGap work)

    stepTemperature ((Tensor.grad [| leaf |] loss)[0]) (Tensor.detach loss) work

/// The targets take a step of Polyak averaging.
let updateTarget (work: UpdateContext) : UpdateContext =
    let state = work.State
    let target = SacAgent.polyak work.Agent state.Critic.Values state.Target
    UpdateContext.set SacParts.target target work

/// The task encoder descends the losses that train it, by the gradients that their stages gave.
let updateTaskEncoder (work: UpdateContext) : UpdateContext =
    let step gradient =
        let rule = work.Agent.Config.TaskEncoderAdam
        let trained = AdamState.step rule gradient work.State.TaskEncoder
        UpdateContext.set SacParts.taskEncoder trained work

    let work =
        work
        |> UpdateContext.addTaskEncoderGradient (
            work.ContextGradient |> Option.bind (throughTaskEncoder work)
        )

    work.TaskEncoderGradient |> Option.map step |> Option.defaultValue work
