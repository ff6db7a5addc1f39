/// The gradients of soft actor-critic's losses, task by task: the losses of `SacLosses` at views of single tasks.
module MtrlFunctional.Algorithms.SacTaskGradients

open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.PerTaskGradients

/// The results of `body` for the rows of each task.
let private each
    (view: SacView)
    (batch: Batch)
    (body: int -> Batch -> OneTaskGradient)
    : PerTaskGradients =
    PerTaskGradients.each view.Policy.Agent.Shards (shares batch.Weight) (fun task ->
        Batch.task (int64 task) batch |> Batch.normalise |> body task)

/// Gradients of the critics' loss, with respect to encoder and critics, then to the task encoder if the loss trains it.
/// `view` is the view of all tasks.
let critic (view: SacView) batch : PerTaskGradients =
    let agent = view.Policy.Agent

    each view batch (fun task rows ->
        let trainsTaskEncoder = agent.Config.CriticTrainsTaskEncoder

        let view =
            (if trainsTaskEncoder then
                 SacView.recordTaskEncoderOfTask task view
             else
                 SacView.ofOneTask task view)
            |> SacView.recordCritic

        let loss = SacLosses.critic view rows |> Batch.mean rows

        let ofShared, ofOwn =
            Sharing.gradient
                [
                    agent.CriticLayout, view.Critic
                    if trainsTaskEncoder then
                        agent.TaskEncoderLayout, view.TaskEncoder
                ]
                loss

        { OfShared = ofShared; OfOwn = ofOwn; Loss = Tensor.detach loss; Others = [] })

/// Gradients of the actor's loss, with respect to the actor; with them each task's mean of the entropy's gap and of the
/// entropy. `view` is the view of all tasks.
let actor (view: SacView) batch : PerTaskGradients =
    let agent = view.Policy.Agent

    each view batch (fun task rows ->
        let view = SacView.recordActorOfTask task view
        let found = SacLosses.actor view rows
        let loss = Batch.mean rows found.Loss

        let ofShared, ofOwn = Sharing.gradient [ agent.ActorLayout, view.Policy.Actor ] loss

        {
            OfShared = ofShared
            OfOwn = ofOwn
            Loss = Tensor.detach loss
            Others = [ found.Gap; found.Entropy ] |> List.map (Batch.mean rows)
        })
