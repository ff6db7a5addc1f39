/// The stages that models add to an update: each descends one loss, by the optimisers of all parts that it trains.
module internal MtrlFunctional.Algorithms.ModelStages

open MtrlFunctional.Algorithms.ModelLosses
open MtrlFunctional.Algorithms.PerTaskGradients
open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// A part of the state that a loss trains.
[<RequireQualifiedAccess>]
type private Trains =
    | Transition
    | Reward
    | Decoder
    /// The critics' encoder, by an optimiser of its own.
    | Encoder

/// A loss of rows as a stage.
type private Loss = {
    Loss: ModelLoss
    Trains: Trains list
    /// The method of the loss's surgery.
    Method: ModelConfig -> SacSurgery -> MtrlFunctional.Surgery.Surgery
    /// The memory of the loss's surgery.
    Memory: PartKey<MtrlFunctional.Surgery.SurgeryState>
    /// The last layers of the loss's networks, as GradNorm reads them.
    LastLayers: string list
    /// Names of the reported losses in the log.
    Reported: string list
    /// The loss of rows and the reported losses of rows, [tasks; rows] each.
    Rows: ModelAgent -> ModelView -> Batch -> Tensor * Tensor list
}

let private transitionReward = {
    Loss = ModelLoss.TransitionReward
    Trains = [ Trains.Reward; Trains.Transition; Trains.Encoder ]
    Method = ModelConfig.ofTransitionLoss
    Memory = ModelParts.transitionSurgery
    LastLayers = [ "reward_decoder/output"; "transition_model/mean" ]
    Reported = [ "ae_transition_loss"; "reward_loss" ]
    Rows =
        fun agent view batch ->
            let transition, reward = transitionAndReward agent view batch
            transition .+ reward, [ transition; reward ]
}

let private decoding (agent: ModelAgent) = {
    Loss = ModelLoss.Decoder
    Trains = [
        if agent.Transition.IsSome then
            Trains.Transition
        Trains.Decoder
        Trains.Encoder
    ]
    Method = fun _ surgery -> surgery.OfCritic
    Memory = ModelParts.decoderSurgery
    LastLayers = [
        if agent.Transition.IsSome then
            "transition_model/mean"
        "decoder"
    ]
    Reported = [ "ae_loss" ]
    Rows =
        fun agent view batch ->
            let loss = reconstruction agent view batch
            loss, [ loss ]
}

let private part trains =
    match trains with
    | Trains.Transition -> ModelParts.transition
    | Trains.Reward -> ModelParts.reward
    | Trains.Decoder -> ModelParts.decoder
    | Trains.Encoder -> SacParts.critic

let private layoutOf (agent: ModelAgent) trains =
    match trains with
    | Trains.Encoder -> ModelAgent.encoderLayout agent.Agent
    | other -> StatePart.layout (part other) agent.Agent.Parts

let private rule (config: ModelConfig) trains =
    match trains with
    | Trains.Transition -> config.Transition.Value.Adam
    | Trains.Reward -> config.Transition.Value.RewardAdam
    | Trains.Decoder -> config.Decoder.Value.Adam
    | Trains.Encoder -> config.EncoderAdam

/// The layouts of all that a loss trains as one; paths begin with the names of the parts.
let private joined agent (loss: Loss) =
    Layout.create [
        for trains in loss.Trains do
            for slot in (layoutOf agent trains).Slots ->
                {
                    slot.Parameter with
                        Path = Parameter.join (part trains).PartName slot.Parameter.Path
                }
    ]

/// The parts of a state that the losses read, with the view `sac` of its soft actor-critic.
let read (agent: ModelAgent) (state: SacState) sac : ModelView =
    let weights (key: PartKey<AdamState>) =
        match state.Parts.TryFind key.PartName with
        | Some content ->
            Layout.views (StatePart.layout key agent.Agent.Parts) (key.Unwrap content).Values
        | None -> dict [] |> System.Collections.Generic.Dictionary :> Weights

    {
        Sac = sac
        Models = {
            Transition = weights ModelParts.transition
            Reward = weights ModelParts.reward
            Decoder = weights ModelParts.decoder
        }
    }

/// The view with leaves in the place of all parameters that a loss trains, and the leaves, by the paths of `joined`.
let private record (loss: Loss) (view: ModelView) : ModelView * Weights =
    let weights trains =
        match trains with
        | Trains.Transition -> view.Models.Transition
        | Trains.Reward -> view.Models.Reward
        | Trains.Decoder -> view.Models.Decoder
        | Trains.Encoder -> view.Sac.Critic

    let isTrained trains (path: string) =
        trains <> Trains.Encoder
        || path.StartsWith("encoder/", System.StringComparison.Ordinal)

    let leaves = System.Collections.Generic.Dictionary<string, Tensor>()

    for trains in loss.Trains do
        for KeyValue(path, tensor) in weights trains do
            if isTrained trains path then
                leaves.Add(Parameter.join (part trains).PartName path, Tensor.leaf tensor)

    let put (view: ModelView) trains =
        let weights = Weights.overlay leaves (part trains).PartName (weights trains)

        match trains with
        | Trains.Transition -> { view with ModelView.Models.Transition = weights }
        | Trains.Reward -> { view with ModelView.Models.Reward = weights }
        | Trains.Decoder -> { view with ModelView.Models.Decoder = weights }
        | Trains.Encoder -> { view with ModelView.Sac.Critic = weights }

    List.fold put view loss.Trains, leaves

/// One step of the optimisers of all parts, against the sum of the parts of a gradient with the layout of `joined`.
let private step (agent: ModelAgent) (loss: Loss) (gradient: Tensor[]) (work: UpdateContext) =
    let stepOne (work: UpdateContext, from) trains =
        let count = (layoutOf agent trains).Length
        let own = gradient |> Array.map (fun x -> Tensor.narrow 0 from count x)
        let rule = rule agent.Config trains

        let next =
            match trains with
            | Trains.Encoder ->
                UpdateContext.stepFirst SacParts.critic ModelParts.encoder count rule own work
            | other -> UpdateContext.step (part other) rule own work

        next, from + count

    loss.Trains |> List.fold stepOne (work, 0L) |> fst

let private isTrained (agent: ModelAgent) (loss: Loss) =
    agent.Agent.TaskEncoder.IsSome
    && List.contains loss.Loss agent.Config.TaskEncoderLosses

let private measure (loss: Loss) (sums: Tensor list) (work: UpdateContext) =
    List.zip loss.Reported sums
    |> List.fold
        (fun work (name, sum) -> UpdateContext.measure name (UpdateContext.reported work sum) work)
        work

/// Descends the mean of the rows.
let private descend (agent: ModelAgent) (loss: Loss) (work: UpdateContext) : UpdateContext =
    let trainsTaskEncoder = isTrained agent loss
    let sac = UpdateContext.view work
    let sac = if trainsTaskEncoder then SacView.recordContext sac else sac
    let context = if trainsTaskEncoder then Option.toList sac.Context else []
    let view, leaves = read agent work.State sac |> record loss
    let layout = joined agent loss

    let gradient, sums =
        Shards.run agent.Agent.Shards work.Batch (fun part ->
            let rows, reported = loss.Rows agent view part
            let gradient, others = Gradient.flat layout leaves context (Batch.mean part rows)
            let means = reported |> List.map (Tensor.detach >> Batch.mean part)
            gradient, [| yield! others; yield! means |])

    work
    |> UpdateContext.addContextGradient (if trainsTaskEncoder then Some sums[0] else None)
    |> step agent loss gradient
    |> measure loss (sums |> Array.skip context.Length |> Array.toList)

/// The gradients of the loss, task by task, with respect to the trained parts, then to the task encoder if it is
/// trained.
let private taskGradients
    (agent: ModelAgent)
    (loss: Loss)
    (work: UpdateContext)
    : PerTaskGradients =
    let layout, batch = joined agent loss, work.Batch
    let trainsTaskEncoder = isTrained agent loss
    let view = UpdateContext.view work

    PerTaskGradients.each agent.Agent.Shards (shares batch.Weight) (fun task ->
        let rows = Batch.task (int64 task) batch |> Batch.normalise

        let sac =
            if trainsTaskEncoder then
                SacView.recordTaskEncoderOfTask task view
            else
                SacView.ofOneTask task view

        let view, leaves = read agent work.State sac |> record loss
        let losses, reported = loss.Rows agent view rows
        let mean = Batch.mean rows losses

        let ofShared, ofOwn =
            Sharing.gradient
                [
                    layout, leaves
                    if trainsTaskEncoder then
                        agent.Agent.TaskEncoderLayout, sac.TaskEncoder
                ]
                mean

        {
            OfShared = ofShared
            OfOwn = ofOwn
            Loss = Tensor.detach mean
            Others = reported |> List.map (Tensor.detach >> Batch.mean rows)
        })

/// The key of the random numbers of a loss's surgery in this update.
let private keyOf (surgery: SacSurgery) (memory: PartKey<_>) (work: UpdateContext) =
    surgery.Key |> Key.forPurpose memory.PartName |> Key.at work.State.Critic.Steps

/// Follows the gradient that surgery makes of the tasks' gradients: each loss is a part of its own.
let private descendCombined
    (surgery: SacSurgery)
    (agent: ModelAgent)
    (loss: Loss)
    (work: UpdateContext)
    : UpdateContext =
    let gradients = taskGradients agent loss work

    let part: CombineGradients.Part = {
        Method = loss.Method agent.Config surgery
        Layouts = [
            joined agent loss
            if isTrained agent loss then
                agent.Agent.TaskEncoderLayout
        ]
        Places = loss.LastLayers
        Memory = work.State.Get loss.Memory
        Key = keyOf surgery loss.Memory work
    }

    let combined = CombineGradients.combine surgery.OwnToo part gradients

    let overTasks (means: Tensor) =
        SacSurgeryStages.overTasks work.Batch means |> Tensor.sum

    let follow =
        if agent.Config.SumSurgeryOverLosses then
            UpdateContext.addTaskEncoderGradient
        else
            UpdateContext.replaceTaskEncoderGradient

    work
    |> follow (List.tryItem 1 combined.Directions)
    |> step agent loss [| combined.Directions.Head |]
    |> UpdateContext.set loss.Memory combined.Memory
    |> measure loss (gradients.Means |> List.map overTasks)

/// The task encoder's gradient of the contrastive loss.
let private contrast
    (agent: ModelAgent)
    (config: ContrastiveConfig)
    (work: UpdateContext)
    : UpdateContext =
    let sac = UpdateContext.view work |> SacView.recordContext
    let loss = contrastive agent (read agent work.State sac) work.Batch
    let gradient = (Tensor.grad [| Option.get sac.Context |] (config.Weight *. loss))[0]

    work
    |> UpdateContext.addContextGradient (Some gradient)
    |> UpdateContext.measure "contrastive_loss" (Tensor.detach loss)

/// The gradient that surgery makes of the tasks' shares of the contrastive loss. The weight of the loss scales the
/// direction, not the gradients that surgery reads: its meaning is independent of the length that a method gives a
/// direction.
let private contrastCombined
    (surgery: SacSurgery)
    (agent: ModelAgent)
    (config: ContrastiveConfig)
    (work: UpdateContext)
    : UpdateContext =
    let leaves, context = SacView.recordTaskEncoder work.Start |> Option.get
    let sac = { UpdateContext.view work with Context = Some context }
    let pairs = contrastivePairs agent (read agent work.State sac) work.Batch

    let gradients =
        ContrastiveShares.gradients
            surgery.OwnToo
            agent.Agent.TaskEncoderLayout
            leaves
            pairs
            work.Batch

    let combined =
        CombineGradients.combine
            surgery.OwnToo
            {
                Method = surgery.OfCritic
                Layouts = [ gradients.Layout ]
                Places = [ "" ]
                Memory = work.State.Get ModelParts.contrastiveSurgery
                Key = keyOf surgery ModelParts.contrastiveSurgery work
            }
            gradients.ByTask

    work
    |> UpdateContext.addTaskEncoderGradient (Some(config.Weight *. combined.Directions.Head))
    |> UpdateContext.set ModelParts.contrastiveSurgery combined.Memory
    |> UpdateContext.measure "contrastive_loss" gradients.Loss

let private stage (agent: ModelAgent) every name (loss: Loss) : SacStage = {
    Name = name
    Parts = [
        for trains in loss.Trains do
            (part trains).PartName

            if trains = Trains.Encoder then
                ModelParts.encoder.PartName
    ]
    Every = every
    Run =
        match agent.Config.Agent.Surgery with
        | Some surgery -> descendCombined surgery agent loss
        | None -> descend agent loss
}

/// The stages of an agent's models: "transition_reward", "decoder" and "contrastive", as far as it has them.
let stages (agent: ModelAgent) : SacStage list = [
    match agent.Config.Transition with
    | Some _ -> stage agent 1 "transition_reward" transitionReward
    | None -> ()

    match agent.Config.Decoder with
    | Some decoder -> decoding agent |> stage agent decoder.Every "decoder"
    | None -> ()

    match agent.Config.Contrastive with
    | Some config -> {
        Name = "contrastive"
        Parts = []
        Every = 1
        Run =
            match ModelConfig.ofContrastiveLoss agent.Config with
            | Some surgery -> contrastCombined surgery agent config
            | None -> contrast agent config
      }
    | None -> ()
]
