/// What must hold between the parts of a network, once each value is right by itself: exclusive flags,
/// and what the described networks lack (`SpecError`).
module internal MtrlFunctional.Experiments.NetworkCheck

open MtrlFunctional
open MtrlFunctional.Agents
open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Networks

let private outputDim = "agent.multitask.task_encoder_cfg.model_cfg.output_dim"
let private softModulesKey = "agent.multitask.actor_cfg.moe_cfg.should_use"

/// A gate or attention over the encoding of the task is as wide as that encoding.
let private selection (e: Experiment) =
    let mixture, encoding =
        e.Agent.Encoder.Mixture, e.Agent.Multitask.TaskEncoder.OutputDim

    let weighing =
        match mixture.Selection with
        | ExpertSelection.Attention -> Some mixture.Attention
        | ExpertSelection.Gate -> Some mixture.Gate
        | ExpertSelection.Ensemble
        | ExpertSelection.OneToOne
        | ExpertSelection.Cluster -> None

    match e.Agent.Encoder.Kind, weighing with
    | EncoderKind.MixtureOfExperts, Some weighing ->
        (not weighing.UseTaskEncoding || weighing.EmbeddingDim = encoding)
        |> orElse
            $"{Experts.selectionKeys}.{Choices.nameOf Experts.selections mixture.Selection}.embedding_dim"
            $"{encoding}, the width of the task encoding"
        |> because $"{outputDim} sets that."
    | _ -> []

let private softModulesConditions holds =
    holds
    |> orElse softModulesKey "with a task encoder that conditions the model and is not concatenated"
    |> because
        "Set agent.multitask.should_use_task_encoder=True, …should_condition_model_on_task_info=True and the other two flags of actor_cfg=False."

let private softModules (multitask: Multitask) =
    List.concat [
        softModulesConditions (
            not multitask.UseTaskEncoder
            || multitask.Actor.Model && not multitask.Actor.Concatenate
        )

        (not multitask.UseProjected && not (multitask.MultiHead && multitask.Disjoint))
        |> orElse softModulesKey "false with disjoint heads or projected layers"
        |> because "Choose one of them."
    ]

/// Agents that share nothing.
let private separate (e: Experiment) =
    List.concat [
        let surgery = e.Agent.Surgery.Method
        let encoder = e.Agent.Encoder.Kind

        Encoder.canSeparate encoder
        |> orElse
            "agent.encoder.type_to_select"
            "identity, feedforward or pixel where each task has an agent"
        |> because "The other encoders share their parameters between tasks."

        e.Agent.Surgery.Method = SurgeryWord.None
        |> orElse "agent.multitask.model" $"another model with agent.surgery.method={surgery}"
        |> because "Tasks that share no parameters have no conflicting gradients."
    ]

/// Flags that the model of tasks does not read.
let private flags (e: Experiment) =
    List.concat [
        let multitask = e.Agent.Multitask
        let model = multitask.Model

        for key, isWrong in
            [
                "agent.multitask.should_use_pal", multitask.UseProjected && not model.IsByFlags
                softModulesKey, multitask.Actor.SoftModularization && not model.IsByFlags
                "agent.multitask.should_use_multi_head_policy",
                multitask.MultiHead && not model.TakesHeads
                "agent.multitask.should_use_disjoint_policy",
                multitask.Disjoint && not model.IsByFlags
                "agent.multitask.should_use_task_encoder",
                multitask.UseTaskEncoder && model.IsSeparate
            ] do
            not isWrong
            |> orElse key $"false with agent.multitask.model={model.Name}"
            |> because "Choose one of them."

        let least = DescribedAgent.leastLayers multitask

        let selected, why =
            if model.IsByFlags then
                "agent.multitask.should_use_disjoint_policy=True", "All layers are the tasks' own."
            else
                $"agent.multitask.model={model.Name}",
                "The layer before the tasks' own is a hidden one."

        for key, layers in
            [
                "agent.actor.num_layers", e.Agent.Actor.NumLayers
                "agent.critic.num_layers", e.Agent.Critic.NumLayers
            ] do
            layers >= least |> orElse key $"at least {least} with {selected}" |> because why

        if model.IsSeparate then
            separate e
    ]

/// The encoding of the task has no source.
let private noContext reader =
    let needsTaskEncoder key =
        wrong key "another one without agent.multitask.should_use_task_encoder=True"
        |> because "It reads the encoding of the task."

    match reader with
    | ContextReader.Mixture -> needsTaskEncoder $"{Experts.selectionKeys}.mode"
    | ContextReader.Film -> needsTaskEncoder "agent.encoder.type_to_select"
    | ContextReader.Hypernetwork -> needsTaskEncoder "agent.multitask.model"
    | ContextReader.SoftModules -> softModulesConditions false
    // `ContextCheck` has the task encoder.
    | ContextReader.TaskParameters -> []

/// The keys that an error of a network comes from.
let private keysOf (e: Experiment) error =
    let mistake key found allowed =
        wrong key allowed |> showing (Value.Int(int64 found))

    let mixture = e.Agent.Encoder.Mixture

    match error with
    | SpecError.NoContext reader -> noContext reader
    | SpecError.NarrowContext(width, needed) ->
        mistake outputDim width $"at least {needed}, two for each layer of the FiLM encoder"
        |> because "agent.encoder.film.num_layers sets that."
    | SpecError.UnequalWidths(_, context) ->
        mistake outputDim context "the width of the encoding, with soft modularization"
        |> because
            "Set agent.encoder.type_to_select=feedforward and its feature_dim to the same number."
    | SpecError.ExpertCount(experts, needed) ->
        match mixture.Selection with
        | ExpertSelection.Cluster ->
            mistake
                "agent.encoder.moe.num_experts"
                experts
                $"at most {needed}, the number of lists of words"
            |> because "agent.task_to_encoder_cluster holds the lists."
        | ExpertSelection.OneToOne
        | ExpertSelection.Ensemble
        | ExpertSelection.Gate
        | ExpertSelection.Attention ->
            mistake "agent.encoder.moe.num_experts" experts $"{needed}, an expert for each task"
            |> because "…mode=identity gives each task its own."
    | SpecError.TooManyKept(kept, experts) ->
        mistake
            $"{Experts.selectionKeys}.{Choices.nameOf Experts.selections mixture.Selection}.topk"
            kept
            $"at most {experts}, the number of experts"
    | SpecError.NoProjection rank ->
        mistake
            "agent.multitask.pal_cfg.pal_dim"
            rank
            "so small that every layer keeps its projections, with a residual"
        |> because
            "Projections that save no parameters are left out, but residuals need all of them."
    | SpecError.TooManyDirections(experts, width) ->
        mistake
            "agent.multitask.moore_cfg.num_experts"
            experts
            $"at most {width}, the width of the networks"
        |> because "At most that many vectors can be orthogonal."
    // An agent for states has none; `DmControlRules` names others.
    | SpecError.ConvolutionCount 0 when e.Choices.Agent.State && Observed.isImages e -> []
    | SpecError.ConvolutionCount layers ->
        mistake "agent.encoder.pixel.num_layers" layers "2, 4 or 6"
        |> because "They leave 39, 35 or 31 rows and columns of a frame."
    // `ModelCheck` has the decoder.
    | SpecError.DeconvolutionCount _ -> []
    // `DmControlRules` has their size.
    | SpecError.NoFrames _ when Observed.isImages e -> []
    | SpecError.NoFrames features ->
        wrong
            "agent.encoder.type_to_select"
            $"another encoder for observations of {Digits.grouped features} numbers"
        |> because "A pixel encoder reads frames of 84 × 84 pixels, 21,168 numbers each."
    | SpecError.NoInputs features ->
        wrong "agent" $"an agent without memory for observations of {features} numbers"
        |> because "Recurrent units read at least one number beside the mark of a new trial."
    | SpecError.NoFeatureMaps(features, needed) ->
        mistake
            "agent.encoder.pixel.num_filters"
            features
            $"{needed}, the input of the deconvolutions"
        |> because "Encoder and decoder have the same layers and filters."
    | SpecError.Unfit what ->
        wrong "agent.multitask.model" "a network for these sizes" |> because $"{what}."

/// The errors of all networks, each once; of errors in the number of orthogonal experts only the first.
let private specErrors (agent: AgentDescription option) (e: Experiment) =
    let found =
        Option.toList agent
        |> List.collect _.Networks
        |> List.collect (fun (widths, spec) -> Network.errors widths spec)

    // Without images, the number of layers that read them is no error of its own.
    let hasOnlyStates = found |> List.exists _.IsNoFrames && not (Observed.isImages e)
    let directions, others = found |> List.partition _.IsTooManyDirections

    (others
     |> List.distinct
     |> List.filter (fun error -> not (hasOnlyStates && error.IsConvolutionCount)))
    @ List.truncate 1 (List.sort directions)
    |> List.collect (keysOf e)

/// All that is wrong between the parts of the network of an experiment; `agent` describes its agent.
let conflicts agent (e: Experiment) : Conflict list =
    List.concat [
        selection e

        specErrors agent e

        if e.Agent.Multitask.Actor.SoftModularization then
            softModules e.Agent.Multitask

        flags e

        let task = e.Agent.Multitask.TaskEncoder
        let rows = task.PretrainedOrder

        (not (e.Agent.Multitask.UseTaskEncoder && task.Pretrained)
         || rows.Length = e.Environment.NumEnvs)
        |> orElse
            "agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.ordered_task_list"
            $"a list of {e.Environment.NumEnvs} tasks"
        |> because "It follows env.tasks unless it is set."
    ]
