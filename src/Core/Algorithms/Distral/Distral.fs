namespace Mtrl.Algorithms

open Mtrl.Networks
open Mtrl.Tensors
open MtrlFunctional.Tensors

/// What a Distral agent learns from in one update.
type DistralBatch = {
    /// Agent by agent, [agents; rows; …].
    Rows: Batch
    /// Standard normal draws for the distilled policy at the next observations,
    /// [agents; rows; actions]; none where agents pay for their divergence.
    DistilledNoise: Tensor option
}

/// Distral: a soft actor-critic for each task, drawn towards a policy that is distilled from all of
/// them.
///
/// Paper and formulas: `DistralLosses`. The distilled policy learns whenever the actors do, from their
/// policies before that step, as in mtrl.
module Distral =
    let private owns (state, metrics) =
        Seq.append (DistralState.owns state) (Metrics.owns metrics)

    /// Improves the distilled policy where the agents saw, with `before` as their state before.
    let private distil (agent: DistralAgent) (before: SacState) state (batch: Batch) =
        let agents = { state.Agents with Actor = before.Actor }

        let leaves =
            Layout.views agent.DistilledLayout state.Distilled.Values |> Gradient.leaves

        let batch, _ = Batch.normaliseTasks batch
        let batch = Batch.normalise batch

        let gradient, sums =
            Shards.run agent.Agents.Shards batch (fun part ->
                let policy =
                    Tensors.constant (fun policy -> [ policy.Mean; policy.LogStd ]) (fun () ->
                        Sac.policy agent.Agents agents part.Obs)

                let distilled = DistralAgent.propose agent leaves part.Obs
                let apart, weight = DistralLosses.distilled agent.Config policy distilled
                let loss = Batch.mean part apart
                let gradient, _ = Gradient.flat agent.DistilledLayout leaves [] (weight *. loss)
                gradient, [| Ops.Detach loss |])

        let rule = agent.Config.Agents.ActorAdam
        let distilled = Shards.step agent.Agents.Shards rule gradient state.Distilled
        { state with Distilled = distilled }, [ { Name = "distilled_loss"; Value = sums[0] } ]

    /// The agents learn, all at once, and then the distilled policy from them. The state that comes in
    /// stays as it is and usable; what comes out shares with it what did not change.
    let update (agent: DistralAgent) (state: DistralState) batch : DistralState * Metrics =
        Tensors.scope owns (fun () ->
            let distilled = Layout.views agent.DistilledLayout state.Distilled.Values
            let rows, config = batch.Rows, agent.Config

            let told =
                match batch.DistilledNoise with
                | Some noise -> DistralLosses.told agent distilled noise rows
                | None -> rows

            let agents, measured =
                Sac.updateAt (DistralLosses.price agent distilled) agent.Agents state.Agents told

            let paid = Batch.mean (Batch.normalise rows) rows.Reward
            let measured = Metrics.withValue "batch_reward" paid measured
            let learned = { state with Agents = agents }

            if rows.Step % int64 config.Agents.ActorEvery = 0L then
                let learned, distilling = distil agent state.Agents learned rows
                learned, measured @ distilling
            else
                learned, measured)

    /// As `update`, but one agent after the other, each with a batch of its own, [1; rows; …], and the
    /// distilled policy after each: as the original.
    let updateInTurn (agent: DistralAgent) (state: DistralState) batches : DistralState * Metrics =
        Tensors.scope owns (fun () ->
            let alone = {
                agent with
                    Config.Agents.Tasks = 1
                    Agents = SacTasks.alone agent.Agents
            }

            let learn (distilled, states, measured) (task, batch) =
                let own = {
                    Agents = SacTasks.take agent.Agents task state.Agents
                    Distilled = distilled
                }

                let learned, metrics = update alone own batch
                learned.Distilled, learned.Agents :: states, metrics :: measured

            let distilled, states, measured =
                List.indexed batches |> List.fold learn (state.Distilled, [], [])

            { Agents = SacTasks.join alone.Agents (List.rev states); Distilled = distilled },
            Metrics.means (List.rev measured))

    /// Actions to explore with, each task's agent for itself, for given standard normal noise of their
    /// shape.
    let act (agent: DistralAgent) (state: DistralState) obs noise =
        Sac.act agent.Agents state.Agents obs noise

    /// The actions that are held best: by the agents, or by the distilled policy.
    let actGreedily (agent: DistralAgent) (state: DistralState) obs =
        if agent.Config.ShowsAgents then
            Sac.actGreedily agent.Agents state.Agents obs
        else
            let distilled = Layout.views agent.DistilledLayout state.Distilled.Values

            Tensors.constant Seq.singleton (fun () ->
                DistralAgent.propose agent distilled obs |> TanhGaussian.mode)
