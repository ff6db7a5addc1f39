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

    /// Greedy actions, with the task encodings of `EvaluatedEncodings`.
    let actGreedily (agent: ModelAgent) (state: SacState) obs =
        match agent.Agent.TaskEncoder, agent.Config.EvaluatedEncodings with
        | None, _
        | _, [] -> Sac.actGreedily agent.Agent state obs
        | Some encoder, ways ->
            Tensors.constant Seq.singleton (fun () ->
                let view = PolicyView.read agent.Agent state

                let encodings =
                    Layout.views agent.Agent.TaskEncoderLayout state.TaskEncoder.Values
                    |> TaskSampling.run encoder ways

                PolicyView.policy { view with Context = Some encodings } obs
                |> TanhGaussian.mode)
