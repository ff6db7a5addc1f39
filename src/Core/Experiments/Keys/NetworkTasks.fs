/// The tasks that the networks of an experiment have parts for: the training tasks, or all variants of a model,
/// of which some are trained on and others are evaluated only.
///
/// Reading order: hasAllVariants → count → trained → areScattered → haveGradients; evaluated; defineSuccess.
module MtrlFunctional.Experiments.NetworkTasks

open MtrlFunctional.Tasks.DmControl

/// Whether they have parts for all variants of a model.
let internal hasAllVariants (e: Experiment) =
    e.Choices.Env.Family.HasVariants
    && not (Choices.isOnPolicy e.Choices)
    && e.Agent.Multitask.NumEnvs = Variation.count

/// How many tasks.
[<CompiledName("Count")>]
let internal count (e: Experiment) =
    if hasAllVariants e then
        Variation.count
    else
        e.Environment.NumEnvs

/// The index of each training task.
[<CompiledName("Trained")>]
let internal trained (e: Experiment) =
    if hasAllVariants e then
        e.Environment.DmControl.Train
    else
        [ 0 .. e.Environment.NumEnvs - 1 ]

/// Whether indices differ from the positions of the training tasks: some parts of the networks have no rows to learn
/// from, or are in another order.
let areScattered e = trained e <> [ 0 .. count e - 1 ]

/// Whether the gradient of each task can be computed by itself: several tasks share parameters, and each has the rows and the
/// encoding of its own.
let internal haveGradients (e: Experiment) =
    let multitask = e.Agent.Multitask
    let encoder = multitask.TaskEncoder

    e.Environment.NumEnvs > 1
    && e.Choices.Agent.Family.HasTaskGradients
    && not multitask.Model.IsSeparate
    && not (areScattered e)
    && not (
        multitask.UseTaskEncoder
        && encoder.IsTheta
        && encoder.Theta.Training <> ThetaSampling.Embedding
    )

/// The index of each evaluated task where it differs from its position.
[<CompiledName("Evaluated")>]
let internal evaluated (e: Experiment) =
    if hasAllVariants e then
        Some(VariantSets.evaluated e.Environment.DmControl)
    else
        None

/// Whether networks know tasks by fixed encodings of their sentences and have no other part for single tasks: they play any
/// task whose sentence they are given.
let internal areKnownBySentences (e: Experiment) =
    let multitask, encoder = e.Agent.Multitask, e.Agent.Encoder
    let algorithm = e.Agent.Algorithm

    (algorithm.OnPolicy.IsSome || algorithm.Sac.IsSome && algorithm.Decoder.IsNone)
    && multitask.UseTaskEncoder
    && multitask.TaskEncoder.Pretrained
    && not multitask.TaskEncoder.IsTheta
    && not (multitask.MultiHead || multitask.UseProjected)
    && not multitask.Model.KnowsTasks
    && (match encoder.Kind, encoder.Mixture.Selection with
        | (EncoderKind.Identity | EncoderKind.FeedForward | EncoderKind.Film), _
        | EncoderKind.MixtureOfExperts, ExpertSelection.Ensemble -> true
        | EncoderKind.MixtureOfExperts, ExpertSelection.Gate -> encoder.Mixture.Gate.UseTaskEncoding
        | EncoderKind.MixtureOfExperts, ExpertSelection.Attention ->
            encoder.Mixture.Attention.UseTaskEncoding
        | _ -> false)

/// Whether each task of training defines success.
let internal defineSuccess (e: Experiment) : bool[] = [|
    for task in e.Environment.Tasks ->
        e.Choices.Env.Family.DefinesSuccess e.Environment.Classic task
|]
