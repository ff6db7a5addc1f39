/// Reads golden files of soft actor-critic and of agents with models: the recorded agent, with its optimisers, and the
/// draws of its batches.
module internal MtrlFunctional.Verification.SacGolden

open MtrlFunctional.Agents.RecordedNames
open MtrlFunctional.Algorithms
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces
open MtrlFunctional.Storage
open MtrlFunctional.Surgery
open MtrlFunctional.Tensors
open MtrlFunctional.Verification.OffPolicyGolden
open MtrlFunctional.Verification.RecordedBatches

/// The recorded features of each task.
let private known (file: Quantities) : FixedTaskRows option =
    let table = "init/param/task_encoder.embedding.0.weight"

    if file.Has table then
        let width = (file.Shape table)[1]
        Some { Source = file.Path; Width = width; Numbers = file.Numbers table }
    else
        None

/// Rebuilds the recorded agent from its command, with the original behaviour.
let read (file: Quantities) =
    let writing = Writing.ofFile file
    let e = Writing.experiment writing file
    let observations, actions = Writing.sizes writing file

    let setup ofExperiment =
        ofExperiment Precision.Full (known file) observations (ActionSpace.Box actions) e

    let config =
        match e.Agent.Algorithm.Decoder with
        | None -> setup SacSetup.ofExperiment |> ModelConfig.ofAgent
        | Some _ when AlgorithmSchema.serves e.Choices.Agent.Family HipBmdpEntry.entry.Algorithm ->
            setup ModelSetup.ofExperiment |> HipBmdpEntry.config e
        | Some _ -> setup ModelSetup.ofExperiment

    /// "critic.Q1.model.0.weight"; of images "critic/Q1.model.0.weight".
    let name part parameter =
        let part = if part = "encoder" then Part.Critic else part
        let name = ofParameter e.Agent.Multitask.TaskEncoder.IsTheta part parameter

        match name.IndexOf '.' with
        | dot when dot > 0 && writing.Observations.IsSome ->
            $"{name[.. dot - 1]}/{name[dot + 1 ..]}"
        | _ -> name

    {
        File = file
        Writing = writing
        Models = ModelAgent.create (Shards.serial 1) config
        Names = fun part parameter -> [ name part parameter ], parameter.Shape
    }

/// The rule of an optimiser.
let rule (models: ModelConfig) optimiser =
    let config = models.Agent

    match optimiser with
    | Part.Transition -> models.Transition.Value.Adam
    | Part.Reward -> models.Transition.Value.RewardAdam
    | Part.Decoder -> models.Decoder.Value.Adam
    | Part.Actor -> config.ActorAdam
    | Part.Critic -> config.CriticAdam
    | Part.LogAlpha -> config.TemperatureAdam
    | Part.TaskEncoder -> config.TaskEncoderAdam
    | _ -> models.EncoderAdam

/// The parts of a state that optimisers train; the last is the encoder, whose parameters are the critic's.
let trainedParts (models: ModelAgent) =
    ModelState.parts models
    |> List.filter (fun part -> part.Role = PartRole.Trained)

/// Parameters and optimiser of a part.
let adam (part: StatePart<ModelState>) (state: ModelState) =
    if part.Vectors.Length = 3 then
        StatePart.adamState part state
    else
        let values = Tensor.narrow 0 0L part.Layout.Length state.Sac.Critic.Values
        { state.Models.Encoder with Values = values }

/// Scalars and optimisers of the recorded and the rebuilt agent, where the file has them.
let scalars (recording: Recording) = [
    let file, config = recording.File, recording.Agent.Config

    let compare title recorded (names: string list) rebuilt =
        let number name =
            match Recorded.property name recorded with
            | Some value -> Recorded.numbers value
            | None ->
                raise (SafetensorsException(file.Path, $"its metadata has no number '{name}'."))

        file.Against Recorded.exact title (names |> List.map number |> Array.concat) rebuilt

    if (file.TryText "agent_scalars").IsSome then
        let scalars, optimizers = file.Json "agent_scalars", file.Json "optimizers"

        for name, rebuilt in
            [
                "discount", config.Discount
                "init_temperature", config.InitTemperature
                "actor_update_freq", float config.ActorEvery
                "critic_target_update_freq", float config.TargetEvery
                "critic_tau", config.CriticTau
                "encoder_tau", config.EncoderTau
            ] do
            compare $"agent_scalars/{name}" scalars [ name ] [| rebuilt |]

        for { Name = name } in trainedParts recording.Models do
            for recorded in Option.toList (Recorded.property name optimizers) do
                let rule = rule recording.Models.Config name

                compare $"optimizers/{name}" recorded [ "lr"; "betas"; "eps"; "weight_decay" ] [|
                    rule.Rate
                    rule.Beta1
                    rule.Beta2
                    rule.Epsilon
                    rule.WeightDecay
                |]
]

/// The agent of update k: PCGrad's projection orders drawn by the original are given, [rounds; tasks], of the tasks in
/// the batch. They are numbered by the calls of the original: critics, actor and temperature where they are updated,
/// transition and reward model, decoder.
let agentOf (recording: Recording) k : ModelAgent =
    let models, file = recording.Models, recording.File

    let ordered call method' =
        if file.Has $"u{k}/perm{call}" then
            let met = file.Rows $"u{k}/perm{call}" |> Array.map (Array.map int)
            Surgery.inOrder (Array.transpose met) method'
        else
            method'

    let ofModels = if k % models.Config.Agent.ActorEvery = 0 then 3 else 1
    let ofDecoder = ofModels + if models.Config.Transition.IsSome then 1 else 0

    match models.Config.Agent.Surgery with
    | Some surgery when file.Has $"u{k}/perm0" ->
        let surgery = {
            surgery with
                OfCritic = ordered 0 surgery.OfCritic
                OfActor = ordered 1 surgery.OfActor
                OfTemperature = Option.map (ordered 2) surgery.OfTemperature
                OfTransition = ordered ofModels surgery.OfTransition
                OfDecoder = ordered ofDecoder surgery.OfDecoder
        }

        {
            models with
                Config.Agent.Surgery = Some surgery
                ModelAgent.Agent.Config.Surgery = Some surgery
        }
    | _ -> models

/// The order of the rows of batch k, and the batch, with the noise of update k.
let batch (recording: Recording) k =
    let config = recording.Agent.Config

    let tasksOf read =
        config.Tasks, read "task_obs" |> Array.map int

    let partners order =
        let { Places = places } = order
        let partner = Array.init (order.Tasks * order.Rows) int64
        Array.iter2 (fun place other -> partner[place] <- int64 other) places (Array.rev places)
        Tensor.ofLongs [| int64 order.Tasks; int64 order.Rows |] partner

    let pixels order =
        pixelDraws recording k (0, 1) (order.Places.Length * config.ObsSize)

    // Draws for the models follow those of the actor, where there is an update of it.
    let ofModels = if k % config.ActorEvery = 0 then 2 else 1

    let draws order noise = [
        for { Name = name } in ModelDraws.ofAgent recording.Models do
            let encoded j =
                scatter order recording.Agent.Encoder.Width (noise j)

            name,
            match name with
            | _ when name = ModelDraws.transition -> encoded ofModels
            | _ when name = ModelDraws.decoder -> encoded (ofModels + 1)
            | _ when name = ModelDraws.pixels -> scatter order config.ObsSize (pixels order)
            | _ -> partners order
    ]

    batchOf recording k k tasksOf (0, 1) draws
