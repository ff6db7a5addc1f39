namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.ModelStages

/// Distral: a soft actor-critic for each task, drawn towards a policy that is distilled from all of
/// them.
///
/// Paper and formulas: `DistralLosses`. The distilled policy learns whenever the actors do, from their
/// policies before that step, as in mtrl.
module internal Distral =
    /// The agents' part of an update, and the distilled policy.
    type private Work = { Agents: ModelWork; Distilled: AdamState }

    /// The distilled policy descends its loss at the agents' policies before their step.
    let private distil (agent: DistralAgent) (work: Work) : Work =
        let sac = work.Agents.Sac
        let view = UpdateContext.view sac
        let policy: SacView = { view with Actor = sac.Start.Actor }

        let leaves =
            Layout.views agent.DistilledLayout work.Distilled.Values |> Gradient.leaves

        let gradient, sums =
            Shards.runPieces agent.Agents.Shards (Batch.normalise sac.Batch) (fun part ->
                let agents =
                    Tensors.constant (fun policy -> [ policy.Mean; policy.LogStd ]) (fun () ->
                        SacView.actorFeatures policy part.Obs |> SacView.gaussian policy)

                let distilled = DistralAgent.policy agent leaves part.Obs
                let apart, weight = DistralLosses.distilled agent.Config agents distilled
                let loss = Batch.mean part apart

                fst (Gradient.pieces agent.DistilledLayout leaves [] (weight *. loss)),
                [| Tensor.detach loss |])

        {
            Agents = { work.Agents with Sac = UpdateContext.measure "distilled_loss" sums[0] sac }
            Distilled =
                work.Distilled
                |> Shards.stepPieces agent.Agents.Shards agent.Config.Agents.ActorAdam gradient
        }

    /// The stages of an update: the agents' first stages, the distilled policy, the decoders if the agents have some,
    /// and the agents' last stages.
    let private stages (agent: DistralAgent) : (Work -> Work) list =
        let ofAgents (stage: ModelStage) (work: Work) = { work with Agents = stage work.Agents }
        let ofSac = List.map (ModelStages.ofSac >> ofAgents)

        [
            yield! ofSac (Sac.firstStages agent.Agents)
            distil agent |> Batch.every _.Agents.Sac.Batch agent.Config.Agents.ActorEvery
            yield! List.map ofAgents (ModelStages.stages agent.Models)
            yield! ofSac (Sac.lastStages agent.Agents)
        ]

    let private ownsOutcome (state, metrics) =
        Seq.append (DistralState.owns state) (Metrics.owns metrics)

    /// The agents learn, all at once, then the distilled policy learns from them. The given state is unchanged and
    /// stays usable; the result shares its unchanged tensors. The batch has the draws of `DistralDraws.ofConfig`.
    let update (agent: DistralAgent) (state: DistralState) batch : DistralState * Metrics =
        Tensors.scope ownsOutcome (fun () ->
            let distilled = DistralAgent.distilled agent state

            let sac =
                DistralLosses.withBonus agent distilled batch
                |> UpdateContext.start
                    (DistralLosses.regulariser agent distilled)
                    agent.Agents
                    state.Agents.Sac

            let start = {
                Agents = { Sac = sac; Models = state.Agents.Models }
                Distilled = state.Distilled
            }

            let work = List.fold (|>) start (stages agent)
            let reward = Batch.mean (Batch.normalise batch) batch.Reward

            {
                Agents = { Sac = work.Agents.Sac.State; Models = work.Agents.Models }
                Distilled = work.Distilled
            },
            List.rev work.Agents.Sac.Measured |> Metrics.withValue "batch_reward" reward)

    /// As `update`, but one agent after the other, each with a batch of its own, [1; rows; …], and the
    /// distilled policy after each: as the original.
    let updateInTurn (agent: DistralAgent) (state: DistralState) batches : DistralState * Metrics =
        Tensors.scope ownsOutcome (fun () ->
            let alone =
                DistralAgent.create agent.Agents.Shards { agent.Config with Agents.Tasks = 1 }

            let learn (distilled, states, measured) (task, batch) =
                let own = {
                    StatePart.ofTask (DistralState.parts agent) task state with
                        Distilled = distilled
                }

                let learned, metrics = update alone own batch
                learned.Distilled, learned :: states, metrics :: measured

            let distilled, states, measured =
                List.indexed batches |> List.fold learn (state.Distilled, [], [])

            {
                StatePart.ofTasks (DistralState.parts alone) (List.rev states) with
                    Distilled = distilled
            },
            Metrics.means (List.rev measured))

    /// Actions to explore with, each task's agent for itself, for given standard normal noise of their
    /// shape.
    let act (agent: DistralAgent) (state: DistralState) obs noise =
        Sac.act agent.Agents state.Agents.Sac obs noise

    /// The most likely actions before squashing: of the agents, or of the distilled policy.
    let actGreedily (agent: DistralAgent) (state: DistralState) obs =
        if agent.Config.EvaluatesAgents then
            Sac.actGreedily agent.Agents state.Agents.Sac obs
        else
            let distilled = DistralAgent.distilled agent state

            Tensors.constant Seq.singleton (fun () ->
                DistralAgent.policy agent distilled obs |> TanhGaussian.mode)

    /// The policy of `actGreedily` on rows of one task; or the first part of its networks that cannot be expressed so.
    let rowLayers (agent: DistralAgent) (state: DistralState) =
        if agent.Config.EvaluatesAgents then
            Sac.rowLayers agent.Agents state.Agents.Sac
        else
            use _ = TorchSharp.torch.no_grad ()
            use _ = TorchSharp.torch.NewDisposeScope()
            let config = agent.Config.Agents

            let source =
                DistralAgent.distilled agent state |> RowSource.ofTasks config.Tasks None

            Network.rows source "" config.ObsSize agent.Config.Distilled
            |> Result.map (fun (policy, _) -> policy @ TanhGaussian.modeSteps config.ActionSize [])
