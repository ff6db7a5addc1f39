/// The stages that models add to an update: each descends one loss, by the optimisers of all parts that it trains.
module internal MtrlFunctional.Algorithms.ModelStages

open MtrlFunctional.Algorithms.ModelLosses
open MtrlFunctional.Algorithms.SacDescent
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors

/// Data that the stages of one update pass on: of soft actor-critic, and the models' parts of the state.
type ModelWork = { Sac: UpdateContext; Models: ModelParts }

/// As `SacStage`.
type ModelStage = ModelWork -> ModelWork

/// A part of the state that a loss trains.
type private Trained = {
    Name: string
    Layout: Layout
    Weights: ModelView -> Weights
    /// One step of its optimiser, against the sum of the parts of a gradient.
    Step: Tensor[] -> ModelWork -> ModelWork
}

let private model name layout rule weights get set = {
    Name = name
    Layout = layout
    Weights = weights
    Step =
        fun gradient work ->
            let next = get work.Models |> Shards.step work.Sac.Agent.Shards rule gradient

            { work with Models = set next work.Models }
}

let private transitionModel (agent: ModelAgent) =
    model
        "transition_model"
        agent.TransitionLayout
        agent.Config.Transition.Value.Adam
        _.Models.Transition
        _.Transition
        (fun x models -> { models with Transition = x })

let private rewardModel (agent: ModelAgent) =
    model
        "reward_decoder"
        agent.RewardLayout
        agent.Config.Transition.Value.RewardAdam
        _.Models.Reward
        _.Reward
        (fun x models -> { models with Reward = x })

let private decoder (agent: ModelAgent) =
    model
        "decoder"
        agent.DecoderLayout
        agent.Config.Decoder.Value.Adam
        _.Models.Decoder
        _.Decoder
        (fun x models -> { models with Decoder = x })

/// One step of the encoder by an optimiser of its own. The critics' optimiser and the other parameters of the critics
/// are unchanged.
let private stepEncoder (agent: ModelAgent) gradient (work: ModelWork) =
    let count, critic = agent.EncoderLayout.Length, work.Sac.State.Critic

    if count = 0L then
        work
    else
        let others =
            Tensor.narrow 0 count (Tensor.count critic.Values - count) critic.Values

        let next =
            { work.Models.Encoder with Values = Tensor.narrow 0 0L count critic.Values }
            |> Shards.step work.Sac.Agent.Shards agent.Config.EncoderAdam gradient

        {
            work with
                Sac.State.Critic.Values = Tensor.cat 0 [| next.Values; others |]
                Models.Encoder = { next with Values = work.Models.Encoder.Values }
        }

/// The critics' encoder.
let private encoder (agent: ModelAgent) = {
    Name = "critic"
    Layout = agent.EncoderLayout
    Weights = _.Sac.Critic
    Step = stepEncoder agent
}

/// A loss as a stage.
type private Loss = {
    Trains: Trained list
    Objective: Objective
    Remember: SurgeryState -> ModelParts -> ModelParts
}

/// The view with leaves in the place of all parameters that a loss trains, and the leaves; their paths begin with the
/// names of the parts.
let private record (trains: Trained list) (view: ModelView) : ModelView * Weights =
    let leaves = System.Collections.Generic.Dictionary<string, Tensor>()

    for part in trains do
        for { Parameter = parameter } in part.Layout.Slots do
            let weights = part.Weights view
            leaves.Add(Parameter.join part.Name parameter.Path, Tensor.leaf weights[parameter.Path])

    let overlaid part weights = Weights.overlay leaves part weights

    {
        Sac = { view.Sac with Critic = overlaid "critic" view.Sac.Critic }
        Models = {
            Transition = overlaid "transition_model" view.Models.Transition
            Reward = overlaid "reward_decoder" view.Models.Reward
            Decoder = overlaid "decoder" view.Models.Decoder
        }
    },
    leaves

/// The layouts of all that a loss trains as one, with the paths of `record`.
let private joined (trains: Trained list) =
    Layout.create [
        for part in trains do
            for { Parameter = parameter } in part.Layout.Slots ->
                { parameter with Path = Parameter.join part.Name parameter.Path }
    ]

/// `Objective.Record` of a loss with the given terms.
let private recording (agent: ModelAgent) models trains termsOf sac =
    let view, leaves = view agent models sac |> record trains
    leaves, fun rows -> { Terms = termsOf agent view rows; Others = []; Gap = None }

let private isTrained (agent: ModelAgent) loss =
    agent.Agent.TaskEncoder.IsSome
    && List.contains loss agent.Config.TaskEncoderLosses

let private transitionReward (agent: ModelAgent) (models: ModelParts) : Loss =
    let trains = [ rewardModel agent; transitionModel agent; encoder agent ]

    let terms agent view rows =
        let transition, reward = transitionAndReward agent view rows
        [ transition; reward ]

    {
        Trains = trains
        Objective = {
            Name = "surgery/transition_reward"
            Layout = joined trains
            Record = recording agent models trains terms
            TrainsTaskEncoder = isTrained agent ModelLoss.TransitionReward
            Measured = [ "ae_transition_loss"; "reward_loss" ]
            Method = ModelConfig.ofTransitionLoss agent.Config
            Places = [ "reward_decoder/output"; "transition_model/mean" ]
            Memory = models.TransitionSurgery
            WeighsLosses = false
        }
        Remember = fun memory models -> { models with TransitionSurgery = memory }
    }

let private reconstructed (agent: ModelAgent) (models: ModelParts) : Loss =
    let ofTransition =
        if agent.Transition.IsSome then
            [ transitionModel agent ]
        else
            []

    let trains = ofTransition @ [ decoder agent; encoder agent ]
    let terms agent view rows = [ reconstruction agent view rows ]

    {
        Trains = trains
        Objective = {
            Name = "surgery/decoder"
            Layout = joined trains
            Record = recording agent models trains terms
            TrainsTaskEncoder = isTrained agent ModelLoss.Decoder
            Measured = [ "ae_loss" ]
            Method = _.OfDecoder
            Places = [
                for part in ofTransition do
                    $"{part.Name}/mean"
                "decoder"
            ]
            Memory = models.DecoderSurgery
            WeighsLosses = false
        }
        Remember = fun memory models -> { models with DecoderSurgery = memory }
    }

/// One step of the optimisers of all parts that a loss trains.
let private descend (agent: ModelAgent) lossOf : ModelStage =
    fun work ->
        let loss: Loss = lossOf agent work.Models
        let found = find loss.Objective work.Sac
        let gradient = found.Gradient |> Array.map Tensor.flatten

        let step (work, from) part =
            let count = part.Layout.Length
            let own = gradient |> Array.map (Tensor.narrow 0 from count)
            part.Step own work, from + count

        let start = {
            Sac = follow loss.Objective found work.Sac
            Models = loss.Remember found.Memory work.Models
        }

        List.fold step (start, 0L) loss.Trains |> fst

/// The task encoder's gradient of the contrastive loss.
let private contrast (agent: ModelAgent) (config: ContrastiveConfig) : ModelStage =
    fun work ->
        let sac = UpdateContext.view work.Sac |> SacView.recordContext
        let loss = contrastive agent (view agent work.Models sac) work.Sac.Batch
        let gradient = (Tensor.grad [| Option.get sac.Context |] (config.Weight *. loss))[0]

        {
            work with
                Sac =
                    work.Sac
                    |> UpdateContext.addContextGradient (Some gradient)
                    |> UpdateContext.measure "contrastive_loss" (Tensor.detach loss)
        }

/// The gradient that surgery makes of the tasks' shares of the contrastive loss. The weight of the loss scales the
/// direction, not the gradients that surgery reads: its meaning is independent of the length that a method gives a
/// direction.
let private contrastBySurgery
    (surgery: SacSurgery)
    (agent: ModelAgent)
    (config: ContrastiveConfig)
    : ModelStage =
    fun work ->
        let { State = state; Batch = batch } = work.Sac
        let recorded = SacView.recordTaskEncoder work.Sac.Start
        let sac = { UpdateContext.view work.Sac with Context = recorded.Context }
        let pairs = contrastivePairs agent (view agent work.Models sac) batch
        let layout = agent.Agent.TaskEncoderLayout

        let gradients =
            ContrastiveShares.gradients surgery.OwnToo layout recorded.TaskEncoder pairs batch

        let combined =
            CombineGradients.combine
                surgery.OwnToo
                {
                    Method = surgery.OfCritic
                    Layouts = [ gradients.Layout ]
                    Places = [ "" ]
                    Memory = work.Models.ContrastiveSurgery
                    Key = SacSurgery.key "surgery/contrastive" state.Critic.Steps surgery
                }
                gradients.ByTask

        let direction = config.Weight *. combined.Directions.Head

        {
            Sac =
                work.Sac
                |> UpdateContext.addTaskEncoderGradient (Some direction)
                |> UpdateContext.measure "contrastive_loss" gradients.Loss
            Models = { work.Models with ContrastiveSurgery = combined.Memory }
        }

/// A stage of soft actor-critic.
let ofSac (stage: SacStage) : ModelStage =
    fun work -> { work with Sac = stage work.Sac }

/// The stages of an agent's models: of transition and reward model, of the decoder, and of the contrastive loss, as far
/// as it has them.
let stages (agent: ModelAgent) : ModelStage list = [
    if agent.Transition.IsSome then
        descend agent transitionReward

    match agent.Config.Decoder with
    | Some config -> descend agent reconstructed |> Batch.every _.Sac.Batch config.Every
    | None -> ()

    match agent.Config.Contrastive with
    | Some config ->
        match ModelConfig.ofContrastiveLoss agent.Config with
        | Some surgery -> contrastBySurgery surgery agent config
        | None -> contrast agent config
    | None -> ()
]
