/// The gradients of soft actor-critic's losses, task by task: what surgery works on.
///
/// No row belongs to two tasks, so that a task's gradient is that of its own rows, run through the
/// networks with the parameters that this task meets: the gradients of all tasks take the products of
/// one gradient of the whole batch, not of one for each task. The agent's threads share the tasks.
module Mtrl.Algorithms.SacTaskGradients

open Mtrl.Networks
open Mtrl.Surgery
open Mtrl.Tensors
open MtrlFunctional.Tensors

/// The gradients of one loss.
type OfTasks = {
    /// With respect to what tasks share, network by network; and the losses.
    Shared: TaskGradients
    /// [tasks; numbers]: with respect to the parameters that belong to the task (`Sharing`).
    Own: Tensor
    /// What part of the batch counts for the task, [tasks]; they add up to 1.
    Shares: float[]
    /// What else was measured, [tasks] each.
    Means: Tensor list
}

/// What one task gives: gradients of shared and own parameters, loss, and what else is measured.
type private OfTask = { OfShared: Tensor; OfOwn: Tensor; Loss: Tensor; Others: Tensor list }

let private numbers (x: Tensor) =
    Ops.ToDoubles(Ops.ToCpu(Ops.ToType(x, Numeric.Float64)))

let private sharesOf (batch: Batch) =
    let weights = numbers (Ops.SumDim(batch.Weight, 1L, false))
    let all = Array.sum weights
    weights |> Array.map (fun weight -> weight / all)

/// What `body` makes of the rows of each task.
let private each (agent: SacAgent) (batch: Batch) (body: int -> Batch -> OfTask) : OfTasks =
    let tasks, parts = agent.Config.Tasks, agent.Shards.Count

    let one task =
        Tensors.scope Seq.ofArray (fun () ->
            let found = Batch.task (int64 task) batch |> Batch.normalise |> body task
            [| found.OfShared; found.OfOwn; found.Loss; yield! found.Others |])

    let results =
        agent.Shards.Map(fun part ->
            [| for task in part..parts .. tasks - 1 -> one task |] |> Array.concat)

    let width = results[0].Length / ((tasks + parts - 1) / parts)

    let column k =
        Ops.Stack(
            [|
                for task in 0 .. tasks - 1 -> results[task % parts][width * (task / parts) + k]
            |],
            0L
        )

    let shares = sharesOf batch

    {
        Shared = {
            TaskGradients.create (column 0) (numbers (column 2)) with
                Present = shares |> Array.map (fun share -> share > 0.0)
        }
        Own = column 1
        Shares = shares
        Means = [ for k in 3 .. width - 1 -> column k ]
    }

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
