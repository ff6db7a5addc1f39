/// The networks of an experiment as compositions of parts. Sizes and order follow
/// mtrl and its PTSL fork; where the corrected behaviour differs there is a switch of `Behaviour`.
///
/// Names of parts lead the paths of parameters: "trunk", "shared" with "head", "own", "modules",
/// "projected", "composed", "experts" with "head", or "hyper" of actor and critics; "pixel", "trunk", "film" or "experts" of the encoder.
///
/// Reading order: task encoder → encoder → model of actor and critic → architecture.
module internal MtrlFunctional.Algorithms.SacNetworks

open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Networks
open MtrlFunctional.Spaces

/// An embedding, learned or fixed (then mapped to its width by two layers), ReLU, and a stack.
let private taskEncoder (embeddings: FixedTaskRows option) (task: TaskEncoder) =
    Chain.layer [
        match embeddings with
        | None ->
            "embedding", TaskTable.layer task.EmbeddingDim
            "activation", Activate.layer Relu
        | Some rows ->
            "embedding", TaskTable.fixedRows rows
            "activation", Activate.layer Relu
            "projection", Spec.mlp 1 (2 * task.EmbeddingDim) task.EmbeddingDim
            "activation", Activate.layer Relu
        "trunk", Spec.mlp task.NumLayers task.HiddenDim task.OutputDim
    ]

/// From the state of a memory of a trial to an encoding.
let trialEncoding (task: TaskEncoder) =
    Spec.layers task.NumLayers task.HiddenDim task.OutputDim

/// From a transition to its factor: the mean and the number of the variance of each number of an encoding.
let private contextEncoder (task: TaskEncoder) =
    Chain.layer [ "trunk", Spec.mlp task.NumLayers task.HiddenDim (2 * task.OutputDim) ]

let private layersOf (encoder: FeedForwardEncoder) =
    Spec.layers encoder.NumLayers encoder.HiddenDim encoder.FeatureDim

let private weighing detach (weighing: GateSettings) : Gate = {
    Table =
        if weighing.UseTaskEncoding then
            None
        else
            Some weighing.EmbeddingDim
    Hidden = List.replicate weighing.NumLayers weighing.HiddenDim
    Temperature = weighing.Temperature
    TopK = if weighing.Soft then None else Some weighing.TopK
    Detach = detach
}

let private mixture (behaviour: Behaviour) (e: Experiment) : Mixture =
    let mixture = e.Agent.Encoder.Mixture
    let expert = mixture.Expert

    {
        Experts = mixture.NumExperts
        // Here the layers counted are linear ones.
        Expert = Spec.layers (expert.NumLayers - 1) expert.HiddenDim expert.FeatureDim
        Selection =
            match mixture.Selection with
            | ExpertSelection.OneToOne -> OneToOne
            | ExpertSelection.Ensemble -> Ensemble
            | ExpertSelection.Cluster -> Clusters(ExpertWords.selected behaviour.IgnoreCase e)
            | ExpertSelection.Gate -> Gated(weighing mixture.Gate.DetachTaskEncoding mixture.Gate)
            | ExpertSelection.Attention ->
                let detach =
                    mixture.AttentionDetaches
                    |> Option.defaultValue (
                        behaviour.ApplyAttentionDetach && mixture.Attention.DetachTaskEncoding
                    )

                let gate = weighing detach mixture.Attention

                if behaviour.DotProductAttention then
                    Scored gate
                else
                    Gated gate
    }

/// An embedding of each task, zero for the first task in the original, and two layers.
let private theta (behaviour: Behaviour) (task: TaskEncoder) =
    let dim = task.Theta.Dim

    Chain.layer [
        "embedding",
        (if behaviour.TrainFirstEmbedding then
             TaskTable.layer dim
         else
             TaskTable.padded dim)
        "activation", Activate.layer Relu
        "model", UniformStart.layer (Spec.mlp 1 (2 * dim) task.OutputDim)
    ]

/// Whether the encoder begins with convolutions.
let private hasConvolutions (e: Experiment) =
    Observed.isImages e || e.Agent.Encoder.Kind = EncoderKind.Pixel

/// What encodes a state, or the features of a pixel encoder; none: these are the encoding.
let private featureEncoder behaviour (e: Experiment) =
    match e.Agent.Encoder.Kind with
    | EncoderKind.Pixel -> None
    | EncoderKind.FeedForward -> Some("trunk", Mlp.layer (layersOf e.Agent.Encoder.FeedForward))
    | EncoderKind.Film ->
        let layers = layersOf e.Agent.Encoder.Film

        Some(
            "film",
            if behaviour.FilmPerFeature then
                FeatureFilm.layer layers
            else
                Film.layer layers
        )
    | EncoderKind.MixtureOfExperts -> Some("experts", Experts.layer (mixture behaviour e))
    | EncoderKind.Identity
    | EncoderKind.FactorizedMixture -> Some("trunk", Identity.layer)

/// The parts of the encoder of an experiment, without a task encoding behind them.
let private encoder behaviour (e: Experiment) = [
    if hasConvolutions e then
        let pixel = e.Agent.Encoder.Pixel
        "pixel", Spec.pixelEncoder pixel.NumLayers pixel.NumFilters pixel.FeatureDim

    yield! featureEncoder behaviour e |> Option.toList
]

/// Parts of the encoder that the actor does not share with the critics: with images all that is behind the convolutions. The
/// original shares layers of encoders and experts of states, where its keys tie them.
let private actorOwn (behaviour: Behaviour) (e: Experiment) =
    let behind = featureEncoder behaviour e |> Option.toList |> List.map fst

    match e.Agent.Encoder.Kind, e.Agent.Encoder.Mixture.Selection with
    | _ when hasConvolutions e -> [ "pixel/linear"; "pixel/norm" ] @ behind
    | _ when behaviour.SharedEncoder -> []
    | _ when not (snd (Encoder.tied e.Agent.Encoder)) -> behind
    | EncoderKind.Film, _ -> [ "film" ]
    | EncoderKind.MixtureOfExperts, (ExpertSelection.Gate | ExpertSelection.Attention) -> [
        "experts/selection"
      ]
    | _ -> []

/// The model of tasks: `layers` hidden layers of `units` and one to `output`. `ofTasks` makes layers that know tasks by their
/// context alone of layers that know them by their index.
let private modelOfTasks ofTasks (e: Experiment) layers units output =
    let model = e.Agent.Multitask.Model

    match model.Layers with
    | Some layersOf ->
        layersOf {
            Sizes = { Layers = layers; Units = units; Outputs = output }
            Behaviour = e.Behaviour
            Multitask = e.Agent.Multitask
            OfTasks = ofTasks
        }
    | None -> invalidOp $"{model.Name}: no extension of this name was given."

/// The first layer and the last one for each embodiment; heads are the last layers of their tasks. Between them is the model of
/// tasks, also where `layers` would leave none to it.
let private perEmbodiment (e: Experiment) layers units output =
    let own outputs =
        PerGroup.layer (Observed.embodimentGroups e) (PerTask.layer (Spec.layers 0 units outputs))

    let multitask = e.Agent.Multitask

    let shared layers outputs =
        "shared", Chain.layer (modelOfTasks id e layers units outputs)

    [
        "input", own units
        "activation", Activate.layer Relu

        if multitask.Model.HasHeads || multitask.MultiHead then
            shared (max 1 (layers - 1)) output
        else
            shared (max multitask.Model.LeastLayers (layers - 2)) units
            "activation", Activate.layer Relu
            "output", own output
    ]

/// The model of an experiment: `layers` hidden layers of `units` and one to `output`.
let model (e: Experiment) layers units output =
    match e.Agent.Multitask.Adapter, e.Agent.Context.Method with
    | SpaceAdapter.PerEmbodiment, _ -> perEmbodiment e layers units output
    | SpaceAdapter.Pad, ContextMethod.None -> modelOfTasks id e layers units output
    | SpaceAdapter.Pad, (ContextMethod.Set | ContextMethod.Gru) ->
        modelOfTasks FromContext.layer e layers units output

/// The networks of an experiment; `embeddings` are its fixed task embeddings, if it uses some.
let architecture
    (embeddings: FixedTaskRows option)
    (actions: ActionSpace)
    (e: Experiment)
    : Architecture =
    let actorOutputs, criticOutputs =
        match actions with
        | ActionSpace.Box size -> 2 * size, 1
        | ActionSpace.Discrete count -> count, count

    let behaviour, agent = e.Behaviour, e.Agent
    let multitask = agent.Multitask
    let model = model e

    {
        TaskEncoder =
            match multitask.UseTaskEncoder, multitask.TaskEncoder.Pretrained, embeddings with
            | false, _, _ -> None
            | true, _, _ when agent.Context.Method = ContextMethod.Set ->
                Some(contextEncoder multitask.TaskEncoder)
            // The memory of the agent has it.
            | true, _, _ when agent.Context.Method = ContextMethod.Gru -> None
            | true, _, _ when multitask.TaskEncoder.IsTheta ->
                Some(theta behaviour multitask.TaskEncoder)
            | true, false, _ -> Some(taskEncoder None multitask.TaskEncoder)
            | true, true, Some _ -> Some(taskEncoder embeddings multitask.TaskEncoder)
            | true, true, None ->
                invalidArg
                    (nameof embeddings)
                    "The experiment uses fixed task embeddings: give them."
        Encoder =
            let shared =
                Chain.layer [
                    yield! encoder behaviour e

                    if multitask.UseTaskEncoder && multitask.Actor.Concatenate then
                        "context", AppendContext.layer
                ]

            if multitask.Model.IsSeparate then
                Network.separate shared
                |> Option.defaultWith (fun () -> invalidArg (nameof e) "The encoder is shared.")
            else
                shared
        Actor = Chain.layer (model agent.Actor.NumLayers agent.Actor.HiddenDim actorOutputs)
        Critic =
            Chain.layer [
                if multitask.Actor.SoftModularization then
                    // Features and action, brought to the width of the context.
                    "projection", Spec.mlp 0 0 multitask.TaskEncoder.OutputDim

                yield! model agent.Critic.NumLayers agent.Critic.HiddenDim criticOutputs
            ]
        ActorPrivateParts = actorOwn behaviour e
        TrainsPrivateParts = hasConvolutions e && behaviour.TrainActorEncoder
    }

/// A policy for all tasks alike, with an encoder of its own: what Distral distils.
let distilled actionSize (e: Experiment) : Spec =
    let actor = e.Agent.Actor

    Chain.layer [
        "encoder", Chain.layer (encoder e.Behaviour e)
        "actor", Chain.layer [ "trunk", Spec.mlp actor.NumLayers actor.HiddenDim (2 * actionSize) ]
    ]
