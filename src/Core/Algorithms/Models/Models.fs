namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// Soft actor-critic with models of observations and dynamics: SAC-AE, DeepMDP and HiP-BMDP. Papers and formulas:
/// `ModelLosses`.
module Models =
    /// The stages of an update: those of soft actor-critic, and before that of the task encoder those of the models:
    /// "transition_reward", "decoder" and "contrastive", as far as the agent has them.
    let stages (agent: ModelAgent) : SacStage list =
        Sac.stagesWith (ModelStages.stages agent) agent.Agent

    /// One update; the batch has the draws of `ModelDraws.ofAgent`. The state that comes in stays as it is and usable;
    /// what comes out shares with it what did not change.
    let update (agent: ModelAgent) (state: SacState) (batch: Batch) : SacState * Metrics =
        Sac.updateBy (stages agent) PolicyRegulariser.entropy agent.Agent state batch

    /// The task encodings of evaluations, [tasks; 1; width]: by `EvaluatedEncodings`, or each task's own; none without
    /// a task encoder.
    let evaluatedEncodings (agent: ModelAgent) (state: SacState) : Tensor option =
        match agent.Agent.TaskEncoder, agent.Config.EvaluatedEncodings with
        | None, _ -> None
        | Some _, [] -> (PolicyView.read agent.Agent state).Context
        | Some encoder, ways ->
            Layout.views agent.Agent.TaskEncoderLayout state.TaskEncoder.Values
            |> TaskSampling.run encoder ways
            |> Some

    /// Greedy actions with given task encodings, [tasks; 1; width].
    let actWithEncodings (agent: ModelAgent) (state: SacState) (encodings: Tensor) obs =
        Tensors.constant Seq.singleton (fun () ->
            let view = { PolicyView.read agent.Agent state with Context = Some encodings }
            PolicyView.policy view obs |> TanhGaussian.mode)

    /// Greedy actions, with the task encodings of `EvaluatedEncodings`.
    let actGreedily (agent: ModelAgent) (state: SacState) obs =
        Tensors.constant Seq.singleton (fun () ->
            match evaluatedEncodings agent state with
            | None -> Sac.actGreedily agent.Agent state obs
            | Some encodings -> actWithEncodings agent state encodings obs)
