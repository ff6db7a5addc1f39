namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Distral: a soft actor-critic for each task, drawn towards a policy that is distilled from all of
/// them.
///
/// Paper and formulas: `DistralLosses`. The distilled policy learns whenever the actors do, from their
/// policies before that step, as in mtrl.
module Distral =
    /// The distilled policy descends its loss at the agents' policies before their step.
    let private distil (agent: DistralAgent) (work: UpdateContext) : UpdateContext =
        let policy =
            work.State
            |> SacState.set SacParts.actor work.Start.State.Actor
            |> PolicyView.read work.Agent

        let work, sums =
            work
            |> UpdateContext.descend
                DistralParts.distilled
                agent.Config.Agents.ActorAdam
                (Batch.normalise work.Batch)
                (fun leaves part ->
                    let agents =
                        Tensors.constant (fun policy -> [ policy.Mean; policy.LogStd ]) (fun () ->
                            PolicyView.policy policy part.Obs)

                    let distilled = DistralAgent.policy agent leaves part.Obs
                    let apart, weight = DistralLosses.distilled agent.Config agents distilled
                    let loss = Batch.mean part apart
                    weight *. loss, [| Tensor.detach loss |])

        work |> UpdateContext.measure "distilled_loss" sums[0]

    /// The stages of an update: the agents' stages, with "distilled" after "target", then "decoder" if the agents have
    /// one.
    let stages (agent: DistralAgent) : SacStage list =
        let distilled = {
            Name = "distilled"
            Parts = [ DistralParts.distilled.PartName ]
            Every = agent.Config.Agents.ActorEvery
            Run = distil agent
        }

        Sac.stagesWith (distilled :: ModelStages.stages agent.Models) agent.Agents

    /// The agents learn, all at once, then the distilled policy learns from them. The given state is unchanged and
    /// stays usable; the result shares its unchanged tensors. The batch has the draws of `DistralConfig.draws`.
    let update (agent: DistralAgent) (state: SacState) batch : SacState * Metrics =
        Tensors.scope SacState.ownsOutcome (fun () ->
            let distilled = DistralAgent.distilled agent state

            let next, measured =
                Sac.updateBy
                    (stages agent)
                    (DistralLosses.regulariser agent distilled)
                    agent.Agents
                    state
                    (DistralLosses.withBonus agent distilled batch)

            let reward = Batch.mean (Batch.normalise batch) batch.Reward
            next, Metrics.withValue "batch_reward" reward measured)

    /// As `update`, but one agent after the other, each with a batch of its own, [1; rows; …], and the
    /// distilled policy after each: as the original.
    let updateInTurn (agent: DistralAgent) (state: SacState) batches : SacState * Metrics =
        Tensors.scope SacState.ownsOutcome (fun () ->
            let alone =
                DistralAgent.create agent.Agents.Shards { agent.Config with Agents.Tasks = 1 }

            let learn (distilled, states, measured) (task, batch) =
                let own =
                    state
                    |> SacTasks.take agent.Agents task
                    |> SacState.set DistralParts.distilled distilled

                let learned, metrics = update alone own batch
                learned.Get DistralParts.distilled, learned :: states, metrics :: measured

            let distilled, states, measured =
                List.indexed batches
                |> List.fold learn (state.Get DistralParts.distilled, [], [])

            SacTasks.join alone.Agents (List.rev states)
            |> SacState.set DistralParts.distilled distilled,
            Metrics.means (List.rev measured))

    /// Actions to explore with, each task's agent for itself, for given standard normal noise of their
    /// shape.
    let act (agent: DistralAgent) (state: SacState) obs noise = Sac.act agent.Agents state obs noise

    /// The most likely actions before squashing: of the agents, or of the distilled policy.
    let actGreedily (agent: DistralAgent) (state: SacState) obs =
        if agent.Config.EvaluatesAgents then
            Sac.actGreedily agent.Agents state obs
        else
            let distilled = DistralAgent.distilled agent state

            Tensors.constant Seq.singleton (fun () ->
                DistralAgent.policy agent distilled obs |> TanhGaussian.mode)

    /// The policy of `actGreedily` on rows of one task; or the first part of its networks that cannot be expressed so.
    let rowLayers (agent: DistralAgent) (state: SacState) =
        if agent.Config.EvaluatesAgents then
            Sac.rowLayers agent.Agents state
        else
            use _ = TorchSharp.torch.no_grad ()
            use _ = TorchSharp.torch.NewDisposeScope()
            let config = agent.Config.Agents

            let source =
                DistralAgent.distilled agent state |> RowSource.ofTasks config.Tasks None

            Network.rows source "" config.ObsSize agent.Config.Distilled
            |> Result.map (fun (policy, _) -> policy @ TanhGaussian.modeSteps config.ActionSize [])
