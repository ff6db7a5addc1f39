/// The configuration of SAC-AE, DeepMDP and HiP-BMDP from an experiment's keys.
module MtrlFunctional.Algorithms.ModelSetup

open MtrlFunctional.Experiments
open MtrlFunctional.Networks

/// Pixels of a channel.
[<Literal>]
let private Pixels = 7056

/// The decoder of observations of `obsSize` numbers, if the keys describe one.
let internal decoder obsSize (keys: DecoderKeys) =
    keys.Network
    |> Option.map (fun network -> {
        Network = Spec.pixelDecoder network.NumLayers network.NumFilters (obsSize / Pixels)
        LatentPenalty = keys.LatentLambda
        Every = keys.UpdateFreq
        Adam = AdamRules.ofOptimizer keys.Optimizer
    })

let private transition (keys: TransitionKeys) = {
    Hidden = keys.LayerWidth
    IsProbabilistic = (keys.Kind = TransitionKind.Probabilistic)
    Adam = AdamRules.ofOptimizer keys.Optimizer
    RewardAdam = AdamRules.ofOptimizer keys.RewardOptimizer
}

let private contrastive (e: Experiment) (keys: HipBmdpKeys) =
    if keys.IsContrastive && e.Agent.Multitask.UseTaskEncoder then
        Some {
            Weight = keys.ContrastiveAlpha
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

let private ofKeys agent obsSize (e: Experiment) (autoencoder: AutoencoderKeys) : ModelConfig = {
    ModelConfig.ofAgent agent with
        Decoder = decoder obsSize autoencoder.Decoder
        EncoderAdam = AdamRules.ofOptimizer autoencoder.Decoder.EncoderOptimizer
        TaskEncoderLosses = taskEncoderLosses e
        SumSurgeryOverLosses = addsSurgery agent e
}

let private ofDeepMdp agent obsSize e (keys: DeepMdpKeys) = {
    ofKeys agent obsSize e keys.Autoencoder with
        Transition = Some(transition keys.Transition)
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

let private ofHipBmdp (agent: SacConfig) obsSize e (keys: HipBmdpKeys) =
    let contrastive = contrastive e keys

    // In the original, only the contrastive loss takes steps of the task encoder.
    let isTrained = contrastive.IsSome || e.Behaviour.TrainThetaWithoutContrastiveLoss

    {
        ofDeepMdp
            {
                agent with
                    CriticTrainsTaskEncoder = agent.CriticTrainsTaskEncoder && isTrained
            }
            obsSize
            e
            keys.DeepMdp with
            Contrastive = contrastive
            TaskEncoderLosses = if isTrained then taskEncoderLosses e else []
            EvaluatedEncodings =
                if e.Agent.Multitask.TaskEncoder.IsTheta && NetworkTasks.hasAllVariants e then
                    evaluatedEncodings e agent.Tasks
                else
                    []
    }

/// For observations of `obsSize` numbers without task columns; `embeddings` as in `SacSetup`.
/// Raises ArgumentException for another algorithm.
[<CompiledName("OfExperiment")>]
let ofExperiment precision embeddings obsSize actions (e: Experiment) : ModelConfig =
    let agent = SacSetup.ofExperiment precision embeddings obsSize actions e

    match e.Agent.Algorithm with
    | AlgorithmKeys.SacAe keys -> ofKeys agent obsSize e keys
    | AlgorithmKeys.DeepMdp keys -> ofDeepMdp agent obsSize e keys
    | AlgorithmKeys.HipBmdp keys -> ofHipBmdp agent obsSize e keys
    | _ -> invalidArg (nameof e) "Its algorithm has no models."
