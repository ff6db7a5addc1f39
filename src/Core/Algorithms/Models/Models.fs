namespace MtrlFunctional.Algorithms

open MtrlFunctional.Networks
open MtrlFunctional.Tensors
open MtrlFunctional.Algorithms.ModelStages

/// Soft actor-critic with models of observations and dynamics: SAC-AE, DeepMDP and HiP-BMDP. Papers and formulas:
/// `ModelLosses`.
module Models =
    /// The stages of an update: the stages of soft actor-critic, with the models' stages before the task encoder's.
    let internal stages (agent: ModelAgent) : ModelStage list = [
        yield! Sac.firstStages agent.Agent |> List.map ofSac
        yield! ModelStages.stages agent
        yield! Sac.lastStages agent.Agent |> List.map ofSac
    ]

    /// The stage restricted to the numbers for which `mask`, a state, has 1. A step of Adam changes each number by itself, so
    /// that unchanged numbers have no effect on the others.
    let private within (agent: ModelAgent) (mask: ModelState) (stage: ModelStage) : ModelStage =
        fun work ->
            let stateOf (work: ModelWork) : ModelState = {
                Sac = work.Sac.State
                Models = work.Models
            }

            let next = stage work
            let parts = ModelState.parts agent
            let kept = StatePart.within parts mask (stateOf work) (stateOf next)
            { Sac = { next.Sac with State = kept.Sac }; Models = kept.Models }

    /// An update by given stages.
    let internal updateBy (stages: ModelStage list) agent (state: ModelState) batch =
        let owned (state, metrics) =
            Seq.append (ModelState.owns state) (Metrics.owns metrics)

        Tensors.scope owned (fun () ->
            let sac = UpdateContext.start PolicyRegulariser.entropy agent.Agent state.Sac batch

            let work = List.fold (|>) { Sac = sac; Models = state.Models } stages

            let next: ModelState = { Sac = work.Sac.State; Models = work.Models }
            next, List.rev work.Sac.Measured)

    /// One update; the batch has the draws of `ModelDraws.ofAgent`. The given state is unchanged and stays usable; the
    /// result shares its unchanged tensors.
    let internal update
        (agent: ModelAgent)
        (state: ModelState)
        (batch: Batch)
        : ModelState * Metrics =
        updateBy (stages agent) agent state batch

    /// As `update`, but only numbers change for which `mask`, a state, has 1.
    let internal updateWithin
        (agent: ModelAgent)
        (mask: ModelState)
        (state: ModelState)
        (batch: Batch)
        =
        let stages = stages agent |> List.map (within agent mask)
        updateBy stages agent state batch

    /// The policy of evaluations: with the task encodings of `EvaluatedEncodings`, or each task's own.
    let private evaluated (agent: ModelAgent) (state: ModelState) : SacView =
        let view = SacView.read agent.Agent state.Sac

        match agent.Agent.TaskEncoder, agent.Config.EvaluatedEncodings with
        | None, _
        | _, [] -> view
        | Some encoder, ways -> {
            view with
                Context = Some(TaskSampling.run encoder ways view.TaskEncoder)
          }

    /// The task encodings of evaluations, [tasks; 1; width]; none without a task encoder.
    let internal evaluatedEncodings agent state : Tensor option = (evaluated agent state).Context

    /// Greedy actions with given task encodings, [tasks; 1; width].
    let internal actWithEncodings (agent: ModelAgent) (state: ModelState) (encodings: Tensor) obs =
        Tensors.constant Seq.singleton (fun () ->
            let view = SacView.read agent.Agent state.Sac
            Sac.greedyOf { view with Context = Some encodings } obs)

    /// Greedy actions, with the task encodings of `EvaluatedEncodings`.
    let internal actGreedily (agent: ModelAgent) (state: ModelState) obs =
        Tensors.constant Seq.singleton (fun () -> Sac.greedyOf (evaluated agent state) obs)

    /// What the decoder makes of the encodings of observations, in [−0.5, 0.5). Raises ArgumentException for an agent without
    /// a decoder.
    let reconstruct (agent: ModelAgent) (state: ModelState) obs : Tensor =
        Tensors.constant Seq.singleton (fun () ->
            let view = SacView.read agent.Agent state.Sac
            let encoding = SacView.features view view.Critic obs
            let weights = Layout.views agent.DecoderLayout state.Models.Decoder.Values
            (Option.get agent.Decoder).Run weights (NetworkInput.ofRows encoding))

    /// `Sac.rowLayers`, with the task encodings of `EvaluatedEncodings`.
    let internal rowLayers (agent: ModelAgent) (state: ModelState) =
        use _ = TorchSharp.torch.no_grad ()
        use _ = TorchSharp.torch.NewDisposeScope()
        evaluated agent state |> Sac.rowLayersOf
