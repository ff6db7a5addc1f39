namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors

/// How task encodings are inferred from transitions.
type internal TaskInferenceConfig = { Steps: int; Adam: AdamRule }

/// Encodings of tasks from a few of their transitions, with all networks frozen: few-shot adaptation of HiP-BMDP
/// (Zhang et al. 2021, arXiv:2007.07206, section 5: θ of a new environment is fitted to its transitions).
module internal TaskInference =
    /// A hundred steps of 0.01.
    let standard = { Steps = 100; Adam = AdamRule(0.01, 0.9, 0.999, 1e-8, 0.0) }

    /// Losses of transition and reward model, the mean over the rows of each task, summed over the tasks.
    let loss agent (view: ModelLosses.ModelView) (batch: Batch) =
        let transition, reward = ModelLosses.transitionAndReward agent view batch
        Tensor.sum (batch.Weight .* (transition .+ reward))

    /// Encodings, [tasks; 1; width], that descend the losses of transition and reward model, starting from the
    /// encodings of evaluations. A task without rows keeps its encoding. The batch has the draws of
    /// `ModelDraws.ofAgent`. Raises InvalidOperationException for an agent without task encoder or transition model.
    let infer config (agent: ModelAgent) (state: ModelState) (batch: Batch) : Tensor =
        let batch, _ = Batch.normaliseTasks batch

        let first, view =
            match agent.Transition, Models.evaluatedEncodings agent state with
            | Some _, Some encodings ->
                let sac = SacView.read agent.Agent state.Sac
                encodings, ModelLosses.view agent state.Models sac
            | _ ->
                invalidOp
                    "Task encodings are inferred by agents with a task encoder and a transition model."

        let shape = Tensor.shape first

        // Each step frees the tensors recorded for its gradient: over all steps they would be gigabytes.
        let step (adam: AdamState) _ =
            Tensors.scope (AdamState.owns >> Seq.ofList) (fun () ->
                let encodings = Tensor.leaf adam.Values
                let read = { view with Sac.Context = Some(Tensor.reshape shape encodings) }
                let gradient = Tensor.grad [| encodings |] (loss agent read batch)
                use _ = TorchSharp.torch.no_grad ()
                AdamState.step config.Adam gradient[0] adam)

        let last =
            [ 1 .. config.Steps ]
            |> List.fold step (AdamState.start (Tensor.reshape [| -1L |] first))

        Tensor.reshape shape last.Values
