namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Soft actor-critic with models of observations and dynamics: SAC-AE, DeepMDP and HiP-BMDP. Papers and formulas:
/// `ModelLosses`.
module Models =
    /// The stages of an update: the stages of soft actor-critic, with the models' stages "transition_reward", "decoder"
    /// and "contrastive", as far as the agent has them, before "task_encoder".
    let stages (agent: ModelAgent) : SacStage list =
        Sac.stagesWith (ModelStages.stages agent) agent.Agent

    /// One update; the batch has the draws of `ModelDraws.ofAgent`. The given state is unchanged and stays usable; the
    /// result shares its unchanged tensors.
    let update (agent: ModelAgent) (state: SacState) (batch: Batch) : SacState * Metrics =
        Sac.updateBy (stages agent) PolicyRegulariser.entropy agent.Agent state batch

    /// As `update`, but only numbers change for which `mask`, a state, has 1.
    let updateWithin (agent: ModelAgent) (mask: SacState) (state: SacState) (batch: Batch) =
        let stages = stages agent |> List.map (SacStage.within mask)
        Sac.updateBy stages PolicyRegulariser.entropy agent.Agent state batch

    /// The policy of evaluations: with the task encodings of `EvaluatedEncodings`, or each task's own.
    let private evaluated (agent: ModelAgent) (state: SacState) : PolicyView =
        let view = PolicyView.read agent.Agent state

        match agent.Agent.TaskEncoder, agent.Config.EvaluatedEncodings with
        | None, _
        | _, [] -> view
        | Some encoder, ways ->
            let encodings =
                Layout.views agent.Agent.TaskEncoderLayout state.TaskEncoder.Values
                |> TaskSampling.run encoder ways

            { view with Context = Some encodings }

    /// The task encodings of evaluations, [tasks; 1; width]; none without a task encoder.
    let evaluatedEncodings agent state : Tensor option = (evaluated agent state).Context

    /// Greedy actions with given task encodings, [tasks; 1; width].
    let actWithEncodings (agent: ModelAgent) (state: SacState) (encodings: Tensor) obs =
        Tensors.constant Seq.singleton (fun () ->
            let view = PolicyView.read agent.Agent state
            Sac.greedyOf { view with Context = Some encodings } obs)

    /// Greedy actions, with the task encodings of `EvaluatedEncodings`.
    let actGreedily (agent: ModelAgent) (state: SacState) obs =
        Tensors.constant Seq.singleton (fun () -> Sac.greedyOf (evaluated agent state) obs)

    /// `Sac.rowLayers`, with the task encodings of `EvaluatedEncodings`.
    let rowLayers (agent: ModelAgent) (state: SacState) =
        use _ = TorchSharp.torch.no_grad ()
        use _ = TorchSharp.torch.NewDisposeScope()
        evaluated agent state |> Sac.rowLayersOf
