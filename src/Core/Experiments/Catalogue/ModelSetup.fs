/// The configuration of SAC-AE, DeepMDP and HiP-BMDP from an experiment's keys.
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
            Adam = AdamRules.ofOptimizer keys.Optimizer
        }
    else
        None

let private transition (keys: TransitionKeys) = {
    Hidden = keys.LayerWidth
    IsProbabilistic = (keys.Kind = TransitionKind.Probabilistic)
    Adam = AdamRules.ofOptimizer keys.Optimizer
    RewardAdam = AdamRules.ofOptimizer keys.RewardOptimizer
}

let private contrastive (e: Experiment) (keys: ContrastiveKeys) =
    if keys.ShouldUse && e.Agent.Multitask.UseTaskEncoder then
        Some {
            Weight = keys.Alpha
            Distance =
                if e.Behaviour.PairwiseContrastiveLoss then
                    ContrastiveDistance.EachPair
                else
                    ContrastiveDistance.WholeBatch
            WithSurgery = e.Behaviour.SumSurgeryOverLosses
        }
    else
        None

/// The losses whose gradients reach the task encoder. That of the critics is in the configuration of their agent.
let private taskEncoderLosses (e: Experiment) =
    e.Agent.Multitask.TaskEncoder.LossesToTrain
    |> List.choose (function
        | EncoderLoss.Critic -> None
        | EncoderLoss.TransitionReward -> Some ModelLoss.TransitionReward
        | EncoderLoss.Decoder -> Some ModelLoss.Decoder
        | EncoderLoss.TaskEncoder -> Some ModelLoss.Contrastive)

/// The original's GradNorm adds the gradients of losses as they are; its PCGrad writes each over that before it.
let private addsSurgery (agent: SacConfig) (e: Experiment) =
    e.Behaviour.SumSurgeryOverLosses
    || not (agent.Surgery |> Option.exists _.OfCritic.WrapsOptimiser)

let private ofKeys agent obsSize (e: Experiment) (keys: DecoderKeys) : ModelConfig = {
    ModelConfig.ofAgent agent with
        Decoder = decoder obsSize keys
        EncoderAdam = AdamRules.ofOptimizer keys.EncoderOptimizer
        TaskEncoderLosses = taskEncoderLosses e
        SumSurgeryOverLosses = addsSurgery agent e
}

/// The encoding of each task at evaluation: that of the first mode which evaluates it.
let private evaluatedEncodings (e: Experiment) (tasks: int) =
    let theta = e.Agent.Multitask.TaskEncoder.Theta

    let mean among =
        among |> List.filter (fun task -> task < tasks) |> TaskSampling.MeanOf

    [
        for task in 0 .. tasks - 1 ->
            e.Environment.DmControl.Evaluated
            |> List.tryFind (snd >> List.contains task)
            |> Option.bind (fun (mode, _) -> List.tryFind (fst >> (=) mode) theta.Evaluation)
            |> Option.map (fun (_, sampling) ->
                match sampling with
                | ThetaSampling.Embedding -> TaskSampling.Own
                | ThetaSampling.Zero -> TaskSampling.OfZeros
                | ThetaSampling.Mean -> mean [ 1 .. tasks - 1 ]
                | ThetaSampling.MeanOfTraining -> mean theta.TrainIds)
            |> Option.defaultValue TaskSampling.Own
    ]

/// The configuration with the contrastive loss of HiP-BMDP.
let private withContrastive (e: Experiment) (keys: ContrastiveKeys) (config: ModelConfig) =
    let contrastive = contrastive e keys

    // In the original, only the contrastive loss takes steps of the task encoder.
    let isTrained = contrastive.IsSome || e.Behaviour.TrainThetaWithoutContrastiveLoss

    {
        config with
            Agent.CriticTrainsTaskEncoder = config.Agent.CriticTrainsTaskEncoder && isTrained
            Contrastive = contrastive
            TaskEncoderLosses = if isTrained then config.TaskEncoderLosses else []
            EvaluatedEncodings =
                if e.Agent.Multitask.TaskEncoder.IsTheta && NetworkTasks.hasAllVariants e then
                    evaluatedEncodings e config.Agent.Tasks
                else
                    []
    }

/// For observations of `obsSize` numbers without task columns; `embeddings` as in `SacSetup`.
/// Raises ArgumentException for another algorithm.
[<CompiledName("OfExperiment")>]
let ofExperiment precision embeddings obsSize actions (e: Experiment) : ModelConfig =
    let agent = SacSetup.ofExperiment precision embeddings obsSize actions e
    let keys = e.Agent.Algorithm

    match keys.Decoder with
    | None -> invalidArg (nameof e) "Its algorithm has no models."
    | Some decoder ->
        let config = {
            ofKeys agent obsSize e decoder with
                Transition = keys.Transition |> Option.map transition
        }

        match keys.Contrastive with
        | Some keys -> withContrastive e keys config
        | None -> config
