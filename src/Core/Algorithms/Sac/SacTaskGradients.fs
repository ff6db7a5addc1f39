/// The gradients of soft actor-critic's losses, task by task.
module Mtrl.Algorithms.SacTaskGradients

open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional.Tensors
open Mtrl.Algorithms.GradientsOfTasks

/// What `body` makes of the rows of each task.
let private each (agent: SacAgent) (batch: Batch) (body: int -> Batch -> OfTask) : OfTasks =
    GradientsOfTasks.each agent.Shards (shares batch.Weight) (fun task ->
        Batch.task (int64 task) batch |> Batch.normalise |> body task)

/// What all tasks meet, read once.
type private Known = {
    Fixed: Weights
    TaskEncoder: Weights
    /// [tasks; 1].
    Alpha: Tensor
    Critic: Weights
    Actor: Weights
}

let private known (agent: SacAgent) (state: SacState) =
    let read = Layout.views

    {
        Fixed = read agent.FixedLayout state.Fixed
        TaskEncoder = read agent.TaskEncoderLayout state.TaskEncoder.Values
        Alpha = Ops.Detach(SacLosses.alpha agent.Config state.LogAlpha.Values)
        Critic = read agent.CriticLayout state.Critic.Values
        Actor = read agent.ActorLayout state.Actor.Values
    }

/// The same as one task meets it.
let private ofTask (agent: SacAgent) known task =
    let met layout = Sharing.ofTask layout (int64 task)

    { agent with Shown = Some task },
    {
        Fixed = met agent.FixedLayout known.Fixed
        TaskEncoder = met agent.TaskEncoderLayout known.TaskEncoder
        Alpha = Ops.Narrow(known.Alpha, 0L, int64 task, 1L)
        Critic = met agent.CriticLayout known.Critic
        Actor = met agent.ActorLayout known.Actor
    }

/// Of the critics' loss, with respect to encoder and critics, then to the task encoder.
let critic (agent: SacAgent) (state: SacState) batch : OfTasks =
    let known = known agent state
    let target = Layout.views agent.CriticLayout state.Target

    each agent batch (fun task rows ->
        let agent, met = ofTask agent known task
        let target = Sharing.ofTask agent.CriticLayout (int64 task) target
        let leaves = Gradient.leaves met.Critic
        let taskEncoder = Gradient.leaves met.TaskEncoder
        let context = SacAgent.encodeTasks agent met.Fixed taskEncoder

        let soft =
            Tensors.constant Seq.singleton (fun () ->
                let price = SacPrice.entropy.Ahead met.Alpha rows
                let sight = SacAgent.sight agent met.Critic met.Fixed
                SacLosses.target agent price met.Actor sight target context rows)

        let loss = SacLosses.critic agent leaves context soft rows |> Batch.mean rows

        let ofShared, ofOwn =
            Sharing.gradient
                [ agent.CriticLayout, leaves; agent.TaskEncoderLayout, taskEncoder ]
                loss

        { OfShared = ofShared; OfOwn = ofOwn; Loss = Ops.Detach loss; Others = [] })

/// Of the actor's loss, with respect to the actor; with it each task's mean of the entropy's gap and
/// of the entropy.
let actor (agent: SacAgent) (state: SacState) batch : OfTasks =
    let known = known agent state

    each agent batch (fun task rows ->
        let agent, met = ofTask agent known task
        let context = SacAgent.encodeTasks agent met.Fixed met.TaskEncoder
        let sight = SacAgent.sight agent met.Critic met.Fixed
        let leaves = Gradient.leaves met.Actor
        let features, seen = SacAgent.encodeBoth agent met.Critic sight context rows.Obs
        let policy = SacAgent.propose agent leaves context seen
        let draw = TanhGaussian.draw policy rows.Noise
        let price = SacPrice.entropy.Here met.Alpha rows

        let loss =
            SacLosses.actor agent price met.Critic context features draw |> Batch.mean rows

        let ofShared, ofOwn = Sharing.gradient [ agent.ActorLayout, leaves ] loss
        let gap = SacLosses.entropyGap agent.Config (Ops.Detach draw.LogProb)

        {
            OfShared = ofShared
            OfOwn = ofOwn
            Loss = Ops.Detach loss
            Others = [ gap; Ops.Detach(TanhGaussian.entropy policy) ] |> List.map (Batch.mean rows)
        })
