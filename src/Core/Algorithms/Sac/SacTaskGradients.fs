/// The gradients of soft actor-critic's losses, task by task: what surgery works on.
///
/// No row belongs to two tasks, so that a task's gradient is that of its own rows: the gradients of
/// all tasks take the products of one gradient of the whole batch, not of one for each task. The
/// agent's threads share the tasks.
///
/// This is for networks that treat all rows alike (`Spec.treatsRowsAlike`), whose parameters all
/// tasks share. What the task encoder says counts as a constant.
module Mtrl.Algorithms.SacTaskGradients

open Mtrl.Networks
open Mtrl.Surgery
open Mtrl.Tensors
open MtrlFunctional.Tensors

/// Whether all parts that learn treat rows alike.
let areKnown (config: SacConfig) =
    [ config.Networks.Encoder; config.Networks.Actor; config.Networks.Critic ]
    |> List.forall Spec.treatsRowsAlike

/// Which tasks have rows that count.
let private present (batch: Batch) =
    Ops.ToDoubles(Ops.ToCpu(Ops.ToType(Ops.SumDim(batch.Weight, 1L, false), Numeric.Float64)))
    |> Array.map (fun weight -> weight > 0.0)

/// Gradient and loss of each task, by what `body` makes of a task's number and rows, of which it
/// may return more: each as [tasks; …].
let private each
    (agent: SacAgent)
    (batch: Batch)
    (body: int64 -> Batch -> Tensor * Tensor * Tensor list)
    =
    let tasks, parts = agent.Config.Tasks, agent.Shards.Count

    let one task =
        Tensors.scope Seq.ofArray (fun () ->
            let gradient, loss, others = Batch.task task batch |> Batch.normalise |> body task
            [| gradient; loss; yield! others |])

    let results =
        agent.Shards.Map(fun part ->
            [| for task in part..parts .. tasks - 1 -> one (int64 task) |] |> Array.concat)

    let width = results[0].Length / ((tasks + parts - 1) / parts)

    let column k =
        Ops.Stack(
            [|
                for task in 0 .. tasks - 1 -> results[task % parts][width * (task / parts) + k]
            |],
            0L
        )

    let losses = Ops.ToCpu(Ops.ToType(column 1, Numeric.Float64))

    {
        TaskGradients.create (column 0) (Ops.ToDoubles losses) with
            Present = present batch
    },
    [ for k in 2 .. width - 1 -> column k ]

let private ofTask task (x: Tensor) = Ops.Narrow(x, 0L, task, 1L)

/// What does not depend on the task, once for all of them.
type private Known = {
    Context: Tensor option
    Fixed: Weights
    /// [tasks; 1].
    Alpha: Tensor
    Critic: Weights
    Actor: Weights
}

let private known (agent: SacAgent) (state: SacState) =
    let read = Layout.views
    let fixedParts = read agent.FixedLayout state.Fixed
    let encoder = read agent.TaskEncoderLayout state.TaskEncoder.Values

    {
        Context = SacAgent.encodeTasks agent fixedParts encoder |> Option.map Ops.Detach
        Fixed = fixedParts
        Alpha = Ops.Detach(SacLosses.alpha agent.Config state.LogAlpha.Values)
        Critic = read agent.CriticLayout state.Critic.Values
        Actor = read agent.ActorLayout state.Actor.Values
    }

/// Of the critics' loss, with respect to encoder and critics.
let critic (agent: SacAgent) (state: SacState) batch : TaskGradients =
    let known = known agent state
    let target = Layout.views agent.CriticLayout state.Target
    let sight = SacAgent.sight agent known.Critic known.Fixed
    let leaves = Gradient.leaves known.Critic

    each agent batch (fun task rows ->
        let context = Option.map (ofTask task) known.Context

        let soft =
            Tensors.constant Seq.singleton (fun () ->
                let price = SacPrice.entropy.Ahead (ofTask task known.Alpha) rows
                SacLosses.target agent price known.Actor sight target context rows)

        let loss = SacLosses.critic agent leaves context soft rows |> Batch.mean rows
        let gradient, _ = Gradient.flat agent.CriticLayout leaves [] loss
        gradient, Ops.Detach loss, [])
    |> fst

/// Of the actor's loss, with respect to the actor; with it each task's mean of the entropy's gap and
/// of the entropy, [tasks] each.
let actor (agent: SacAgent) (state: SacState) batch : TaskGradients * Tensor list =
    let known = known agent state
    let sight = SacAgent.sight agent known.Critic known.Fixed
    let leaves = Gradient.leaves known.Actor

    each agent batch (fun task rows ->
        let context = Option.map (ofTask task) known.Context
        let features, seen = SacAgent.encodeBoth agent known.Critic sight context rows.Obs
        let policy = SacAgent.propose agent leaves context seen
        let draw = TanhGaussian.draw policy rows.Noise
        let price = SacPrice.entropy.Here (ofTask task known.Alpha) rows

        let loss =
            SacLosses.actor agent price known.Critic context features draw
            |> Batch.mean rows

        let gradient, _ = Gradient.flat agent.ActorLayout leaves [] loss
        let gap = SacLosses.entropyGap agent.Config (Ops.Detach draw.LogProb)

        let means =
            [ gap; Ops.Detach(TanhGaussian.entropy policy) ] |> List.map (Batch.mean rows)

        gradient, Ops.Detach loss, means)
