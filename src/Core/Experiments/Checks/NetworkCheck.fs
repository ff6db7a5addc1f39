/// What must hold between the parts of a network, once each value is right by itself.
module internal Mtrl.Experiments.NetworkCheck

open Mtrl.Experiments.Requirement
open Mtrl.Networks

let private outputDim = "agent.multitask.task_encoder_cfg.model_cfg.output_dim"

let private needsTaskEncoder key value (multitask: Multitask) =
    unless
        multitask.UseTaskEncoder
        key
        value
        "another one without agent.multitask.should_use_task_encoder=True"
        "It is told the task by the task encoder."

let private weighing name (weighing: ExpertWeighing) (e: Experiment) = [
    let at = "agent.encoder.moe.task_id_to_encoder_id_cfg"
    let multitask = e.Agent.Multitask
    let encoding = multitask.TaskEncoder.OutputDim

    if weighing.UseTaskEncoding then
        yield! needsTaskEncoder $"{at}.mode" (Value.Text name) multitask

        yield!
            unless
                (weighing.EmbeddingDim = encoding)
                $"{at}.{name}.embedding_dim"
                (whole weighing.EmbeddingDim)
                $"{encoding}, the width of the task encoding"
                $"{outputDim} sets that."

    yield!
        unless
            (weighing.Soft || weighing.TopK <= e.Agent.Encoder.Mixture.NumExperts)
            $"{at}.{name}.topk"
            (whole weighing.TopK)
            $"at most {e.Agent.Encoder.Mixture.NumExperts}, the number of experts"
            ""
]

let private mixture (e: Experiment) = [
    let mixture, tasks = e.Agent.Encoder.Mixture, e.Environment.NumEnvs
    let experts = "agent.encoder.moe.num_experts"

    match mixture.Selection with
    | ExpertSelection.Attention -> yield! weighing "attention" mixture.Attention e
    | ExpertSelection.Gate -> yield! weighing "gate" mixture.Gate e
    | ExpertSelection.Ensemble -> ()
    | ExpertSelection.OneToOne ->
        yield!
            unless
                (mixture.NumExperts = tasks)
                experts
                (whole mixture.NumExperts)
                $"{tasks}, an expert for each task"
                "…mode=identity gives each task its own."
    | ExpertSelection.Cluster ->
        let clusters = ExpertWords.ofExperiment e |> List.length

        yield!
            unless
                (mixture.NumExperts = clusters)
                experts
                (whole mixture.NumExperts)
                $"{clusters}, the number of lists of words"
                "agent.task_to_encoder_cluster holds the lists."
]

let private film (e: Experiment) = [
    let multitask, film = e.Agent.Multitask, e.Agent.Encoder.Film
    let needed = 2 * (film.NumLayers + 1)
    yield! needsTaskEncoder "agent.encoder.type_to_select" (Value.Text "film") multitask

    yield!
        unless
            (not multitask.UseTaskEncoder || multitask.TaskEncoder.OutputDim >= needed)
            outputDim
            (whole multitask.TaskEncoder.OutputDim)
            $"at least {needed}, two for each layer of the FiLM encoder"
            "agent.encoder.film.num_layers sets that."
]

let private softModules (e: Experiment) = [
    let multitask, key =
        e.Agent.Multitask, "agent.multitask.actor_cfg.moe_cfg.should_use"

    let on = Value.Bool true

    yield!
        unless
            (multitask.UseTaskEncoder
             && multitask.Actor.Model
             && not multitask.Actor.Concatenate)
            key
            on
            "with a task encoder that conditions the model and is not concatenated"
            "Set agent.multitask.should_use_task_encoder=True, …should_condition_model_on_task_info=True and the other two flags of actor_cfg=False."

    yield!
        unless
            (not multitask.UseProjected && not multitask.MultiHead)
            key
            on
            "false with heads or projected layers"
            "Choose one of them."

    let features =
        match e.Agent.Encoder.Kind with
        | EncoderKind.FeedForward -> Some e.Agent.Encoder.FeedForward.FeatureDim
        | EncoderKind.MixtureOfExperts -> Some e.Agent.Encoder.Mixture.Expert.FeatureDim
        | EncoderKind.Film -> Some e.Agent.Encoder.Film.FeatureDim
        | _ -> None

    yield!
        unless
            (features = Some multitask.TaskEncoder.OutputDim)
            outputDim
            (whole multitask.TaskEncoder.OutputDim)
            "the width of the encoding, with soft modularization"
            "Set agent.encoder.type_to_select=feedforward and its feature_dim to the same number."
]

/// Residuals add numbers of equal rank, so that no layer may leave a projection out.
let private projected obsSize actions (e: Experiment) =
    let multitask = e.Agent.Multitask
    let rank, tasks = multitask.Projected.PalDim, e.Environment.NumEnvs

    let features =
        match e.Agent.Encoder.Kind with
        | EncoderKind.FeedForward -> e.Agent.Encoder.FeedForward.FeatureDim
        | EncoderKind.MixtureOfExperts -> e.Agent.Encoder.Mixture.Expert.FeatureDim
        | EncoderKind.Film -> e.Agent.Encoder.Film.FeatureDim
        | _ -> obsSize

    let context =
        if multitask.UseTaskEncoder && multitask.Actor.Concatenate then
            multitask.TaskEncoder.OutputDim
        else
            0

    let hidden = e.Agent.Actor.HiddenDim

    let entering =
        features + context
        :: if multitask.Projected.SharedProjection then
               []
           else
               [ features + context + actions; hidden ]

    let missing =
        entering |> List.exists (BranchSize.leavesOutDown tasks rank)
        || not multitask.Projected.SharedProjection
           && BranchSize.leavesOutUp tasks rank rank hidden

    unless
        (multitask.Projected.Residual = Residual.None || not missing)
        "agent.multitask.pal_cfg.pal_dim"
        (whole rank)
        "so small that every layer keeps its projections, with a residual"
        "A projection that saves nothing is left out, and residuals need them all."

/// Agents that share nothing.
let private separate (e: Experiment) = [
    let surgery = Choices.nameOf SurgeryMethod.words e.Agent.Surgery.Method
    let encoder = e.Agent.Encoder.Kind

    yield!
        unless
            (encoder = EncoderKind.Identity || encoder = EncoderKind.FeedForward)
            "agent.encoder.type_to_select"
            (Value.Text(Choices.nameOf Encoder.kinds encoder))
            "identity or feedforward where each task has an agent"
            "The other encoders share their parameters between tasks."

    yield!
        unless
            (e.Agent.Surgery.Method = SurgeryMethod.None)
            "agent.multitask.model"
            (Value.Text "separate")
            $"another model with agent.surgery.method={surgery}"
            "Tasks that share no parameters have no gradients to reconcile."
]

/// Architectures beside the original's flags.
let private beside (e: Experiment) = [
    let multitask = e.Agent.Multitask
    let isOrthogonal = multitask.Model = TaskModel.Orthogonal
    let isSeparate = multitask.Model = TaskModel.Separate
    let name = Choices.nameOf Multitask.models multitask.Model

    for key, on in
        [
            "agent.multitask.should_use_pal", multitask.UseProjected
            "agent.multitask.actor_cfg.moe_cfg.should_use", multitask.Actor.SoftModularization
            "agent.multitask.should_use_multi_head_policy", multitask.MultiHead && not isOrthogonal
            "agent.multitask.should_use_disjoint_policy", multitask.Disjoint
            "agent.multitask.should_use_task_encoder", multitask.UseTaskEncoder && isSeparate
        ] do
        yield!
            unless
                (not on)
                key
                (Value.Bool true)
                $"false with agent.multitask.model={name}"
                "Choose one of them."

    if isSeparate then
        yield! separate e

    if multitask.Model = TaskModel.Hypernetwork then
        yield! needsTaskEncoder "agent.multitask.model" (Value.Text name) multitask

    let narrowest = min e.Agent.Actor.HiddenDim e.Agent.Critic.HiddenDim

    yield!
        unless
            (not isOrthogonal || multitask.OrthogonalExperts <= narrowest)
            "agent.multitask.moore_cfg.num_experts"
            (whole multitask.OrthogonalExperts)
            $"at most {narrowest}, the width of the networks"
            "There are no more directions at right angles than numbers."
]

/// All that is wrong between the parts of the network of an experiment.
let conflicts (obsSize: int option) (e: Experiment) : ConfigError list = [
    match e.Agent.Encoder.Kind with
    | EncoderKind.MixtureOfExperts -> yield! mixture e
    | EncoderKind.Film -> yield! film e
    | _ -> ()

    if e.Agent.Multitask.Actor.SoftModularization then
        yield! softModules e

    if e.Agent.Multitask.Model <> TaskModel.ByFlags then
        yield! beside e

    yield!
        unless
            (e.Choices.Agent.Family <> Family.Distral
             || e.Agent.Multitask.Model = TaskModel.Separate)
            "agent.multitask.model"
            (Value.Text(Choices.nameOf Multitask.models e.Agent.Multitask.Model))
            "separate for Distral"
            "It has an agent for each task."

    let task = e.Agent.Multitask.TaskEncoder
    let rows = task.PretrainedOrder

    yield!
        unless
            (not (e.Agent.Multitask.UseTaskEncoder && task.Pretrained)
             || rows.Length = e.Environment.NumEnvs)
            "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.ordered_task_list"
            (rows |> List.map Value.Text |> Value.List)
            $"a list of {e.Environment.NumEnvs} tasks"
            "It follows env.tasks unless it is set."

    match obsSize with
    | Some size when e.Agent.Multitask.UseProjected -> yield! projected size 4 e
    | _ -> ()
]
