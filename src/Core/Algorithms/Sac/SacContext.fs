/// Encodings of tasks that are inferred from transitions: further stages of soft actor-critic, and acting in other
/// tasks.
///
/// Paper: Rakelly et al. 2019 (PEARL), arXiv:1903.08254, algorithm 1. The task encoder follows the losses that
/// `SacConfig.CriticTrainsTaskEncoder` and `ContextConfig.KlWeight` choose; the actor's loss reads encodings as
/// constants. Where this differs from the paper:
///   [1] the divergence from the prior is the mean over the tasks of a batch;
///   [2] contexts differ in size, and some are empty: the policy before the first transition is trained, too.
module internal MtrlFunctional.Algorithms.SacContext

open MtrlFunctional.Tensors

let private contextOf (view: SacView) : TaskContext =
    match view.Source with
    | EncodingSource.Transitions context -> context
    | EncodingSource.TaskIndex
    | EncodingSource.Encodings _ ->
        invalidArg (nameof view) "It is not of an update with a context."

/// Beliefs by the newest parameters of the task encoder, constants.
let private newest (agent: SacAgent) (state: SacState) context mask =
    Layout.views agent.TaskEncoderLayout state.TaskEncoder.Values
    |> SacView.posterior agent context mask

let private stored (encodings: Tensor) =
    Tensor.contiguous (Tensor.reshape [| -1L |] encodings)

let private sampled agent state (context: TaskContext) mask =
    Tensors.constant Seq.singleton (fun () ->
        newest agent state context mask |> Posterior.sample context.Noise |> stored)

/// Adds the gradient of `weight` · mean KL(q ‖ N(0, I)) [1] to the task encoder's gradient.
let regularise weight : SacStage =
    fun work ->
        let agent, context = work.Agent, contextOf work.Start
        let leaves = Gradient.leaves work.Start.TaskEncoder

        let divergence =
            SacView.posterior agent context context.Kept leaves
            |> Posterior.divergence
            |> Tensor.mean

        let gradient, _ =
            Gradient.flat agent.TaskEncoderLayout leaves [] (weight *. divergence)

        work
        |> UpdateContext.addTaskEncoderGradient (Some gradient)
        |> UpdateContext.measure "context_kl" (Tensor.detach divergence)

/// Encodings to act greedily with: the means of the beliefs from all transitions of the context.
let infer: SacStage =
    fun work ->
        let context = contextOf work.Start

        let belief =
            Tensors.constant (fun p -> [ p.Mean; p.Variance ]) (fun () ->
                newest work.Agent work.State context context.Present)

        { work with State.Encodings = stored belief.Mean }
        |> UpdateContext.measure "context_std" (Tensor.mean (Tensor.sqrt belief.Variance))

/// Encodings to explore with: a sample of the beliefs from as much as the update read [2].
let explore: SacStage =
    fun work ->
        let context = contextOf work.Start
        let encodings = sampled work.Agent work.State context context.Kept
        { work with State.ExploringEncodings = encodings }

/// The state for the tasks of a batch, which are known by its context only; networks are unchanged.
let adapt (agent: SacAgent) (state: SacState) (batch: Batch) : SacState =
    match TaskContext.take batch with
    | None, _ -> invalidArg (nameof batch) "Its draws have no context."
    | Some context, _ ->
        Tensors.constant SacState.owns (fun () ->
            let belief = newest agent state context context.Present

            {
                state with
                    Encodings = stored belief.Mean
                    ExploringEncodings = sampled agent state context context.Present
            })
