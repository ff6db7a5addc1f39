/// The configuration of soft actor-critic with models, of observations or of the dynamics, from an experiment's keys.
module MtrlFunctional.Algorithms.ModelSetup

open MtrlFunctional.Experiments
open MtrlFunctional.Networks

/// Pixels of a channel.
[<Literal>]
let private Pixels = 7056

/// The decoder of observations of `obsSize` numbers, if the keys describe one.
let internal decoder obsSize (keys: DecoderKeys) =
    if keys.IsPixel then
        Some {
            Network = Spec.pixelDecoder keys.NumLayers keys.NumFilters (obsSize / Pixels)
            LatentPenalty = keys.LatentLambda
            Every = keys.UpdateFreq
            Adam = keys.Optimizer.Rule
        }
    else
        None

let private transition (keys: TransitionKeys) = {
    Hidden = keys.LayerWidth
    IsProbabilistic = (keys.Kind = TransitionKind.Probabilistic)
    Adam = keys.Optimizer.Rule
    RewardAdam = keys.RewardOptimizer.Rule
}

/// The losses of models whose gradients reach the task encoder.
let private taskEncoderLosses (e: Experiment) =
    e.Agent.Multitask.TaskEncoder.LossesToTrain
    |> List.choose (function
        | EncoderLoss.Critic
        | EncoderLoss.Actor -> None
        | EncoderLoss.TransitionReward -> Some ModelLoss.TransitionReward
        | EncoderLoss.Decoder -> Some ModelLoss.Decoder
        | EncoderLoss.TaskEncoder -> Some ModelLoss.Contrastive)

/// For observations of `obsSize` numbers without task columns; `embeddings` as in `SacSetup`.
/// Raises ArgumentException for another algorithm.
let ofExperiment precision embeddings obsSize actions (e: Experiment) : ModelConfig =
    let agent = SacSetup.ofExperiment precision embeddings obsSize actions e
    let keys = e.Agent.Algorithm

    match keys.Decoder with
    | None -> invalidArg (nameof e) "Its algorithm has no models."
    | Some found -> {
        ModelConfig.ofAgent agent with
            Decoder = decoder obsSize found
            EncoderAdam = found.EncoderOptimizer.Rule
            TaskEncoderLosses = taskEncoderLosses e
            Transition = keys.Transition |> Option.map transition
      }
