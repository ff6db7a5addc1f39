/// Keys of parts that an experiment does not select: valid, and without effect. The original programs' own commands set
/// some, so that they are told, not refused.
///
/// Reading order: Rule → rules → warnings.
module internal MtrlFunctional.Experiments.IdleKeys

open MtrlFunctional.Spaces
open MtrlFunctional.Surgery

/// When some keys are read, and what selects the part that reads them.
type private Rule = {
    /// Paths of keys, or of groups of keys.
    Paths: string list
    IsRead: Experiment -> bool
    /// Completes "has no effect without …".
    Needs: string
}

let private ruleOf paths needs isRead = { Paths = paths; IsRead = isRead; Needs = needs }

/// A rule of paths that blanks separate.
let private rule (paths: string) needs isRead =
    ruleOf (List.ofArray (paths.Split ' ')) needs isRead

/// Names that blanks separate, below a path.
let private below path (names: string) =
    names.Split ' ' |> Array.map (fun name -> $"{path}.{name}") |> String.concat " "

let private images =
    $"observations that are images ({DmControlKeys.fromPixels}=True)"

let private surgery = [
    let isChosen word (e: Experiment) = e.Agent.Surgery.Method = word

    for method' in Methods.all do
        let word = method'.Name
        rule $"agent.surgery.{word}" $"agent.surgery.method={word}" (isChosen word)

    rule
        "agent.gradnorm behaviour.gradnorm_first_loss"
        "agent.surgery.method=gradnorm"
        (isChosen "gradnorm")

    rule
        "behaviour.surgery_of_shared_parameters behaviour.sum_surgery_over_losses"
        "a method of surgery, agent.surgery.method"
        (fun e -> (SurgeryKeys.chosen e.Agent.Surgery).IsSome)
]

let private networks = [
    let at = "agent.multitask"

    rule
        $"{at}.pal_cfg behaviour.trainable_ptsl_init"
        $"{at}.should_use_pal=True"
        _.Agent.Multitask.UseProjected

    for model in TaskModels.all do
        ruleOf
            [
                for field in model.Keys do
                    for key in field.Keys -> key.Path
            ]
            $"{at}.model={model.Name}"
            (fun e -> e.Agent.Multitask.Model = model)

    let flags = [ $"{at}.actor_cfg"; $"{at}.critic_cfg" ]

    ruleOf
        [
            $"{at}.task_encoder_cfg"

            for path in flags do
                for name in MultitaskKeys.encodingFlags do
                    $"{path}.{name}"
        ]
        $"{at}.should_use_task_encoder=True"
        _.Agent.Multitask.UseTaskEncoder

    ruleOf
        [ for path in flags -> $"{path}.moe_cfg.num_experts" ]
        $"{at}.actor_cfg.moe_cfg.should_use=True"
        _.Agent.Multitask.Actor.SoftModularization
]

let private encoders = [
    let at = "agent.encoder"
    let isKind kind (e: Experiment) = e.Agent.Encoder.Kind = kind

    let hasConvolutions (e: Experiment) =
        Observed.isImages e || isKind EncoderKind.Pixel e

    let hasLayers e =
        hasConvolutions e || not (isKind EncoderKind.Identity e)

    rule
        "agent.encoder_feature_dim agent.builder.encoder_tau behaviour.shared_encoder"
        $"an encoder, {at}.type_to_select=feedforward or another one"
        hasLayers

    for word, paths, kind in
        [
            "feedforward", "", EncoderKind.FeedForward
            "film", " behaviour.film_per_feature", EncoderKind.Film
            "moe", "", EncoderKind.MixtureOfExperts
        ] do
        rule $"{at}.{word}{paths}" $"{at}.type_to_select={word}" (isKind kind)

    rule
        $"{at}.pixel agent.num_layers agent.num_filters behaviour.train_actor_encoder"
        images
        hasConvolutions

    for word, selection in Experts.selections do
        let path = Experts.selectionKeys

        let others =
            match selection with
            | ExpertSelection.Cluster -> " agent.task_to_encoder_cluster behaviour.ignore_case"
            | ExpertSelection.Attention ->
                " behaviour.dot_product_attention behaviour.apply_attention_detach"
            | _ -> ""

        rule $"{path}.{word}{others}" $"{at}.type_to_select=moe {path}.mode={word}" (fun e ->
            isKind EncoderKind.MixtureOfExperts e
            && e.Agent.Encoder.Mixture.Selection = selection)
]

/// Decoders and the models beside them; θ, an encoding of tasks.
let private models = [
    let decodes (e: Experiment) =
        e.Agent.Algorithm.Decoder |> Option.forall _.IsPixel

    let hasTransitions (e: Experiment) = e.Agent.Algorithm.Transition.IsSome
    let decoder = $"{ModelKeys.decoderType}=pixel"

    rule (below "agent.decoder" "num_filters num_layers") decoder decodes

    rule (below "agent.builder" "decoder_update_freq decoder_latent_lambda") decoder decodes

    rule (below "agent.optimizers" "decoder encoder") decoder (fun e ->
        decodes e || hasTransitions e)

    let hasTheta (e: Experiment) =
        e.Agent.Multitask.UseTaskEncoder && e.Agent.Multitask.TaskEncoder.IsTheta

    rule "behaviour.train_first_embedding" "θ, the task encoder of agent=hipbmdp" hasTheta

    rule
        (below "behaviour" "train_theta_without_contrastive_loss pairwise_contrastive_loss")
        "agent=hipbmdp and its task encoder"
        (fun e -> e.Agent.Multitask.UseTaskEncoder && e.Choices.Agent.Family.Name = "hipbmdp")
]

/// Policies of discrete actions have no mean and no σ.
let private actions = [
    let isDiscrete (e: Experiment) =
        Observed.environment e |> Option.map _.Action.IsDiscrete

    let isContinuous e = isDiscrete e <> Some true

    for path, names in
        [
            "agent.on_policy", "init_std min_std max_std std_per_task"
            "agent.actor", "log_std_bounds log_std_limit"
            "behaviour", "project_std exact_squash_density"
        ] do
        rule (below path names) "continuous actions" isContinuous

    rule "agent.builder.target_entropy_scale" "discrete actions" (fun e ->
        isDiscrete e <> Some false)
]

/// Of agents that learn from episodes of their newest policy; `UnusedKeys` refuses these keys with others.
let private onPolicy = [
    let at = "agent.on_policy"

    let rule names needs (isRead: OnPolicyKeys -> Experiment -> bool) =
        rule (below at names) needs (fun e ->
            e.Agent.Algorithm.OnPolicy |> Option.forall (fun keys -> isRead keys e))

    rule "lr_decay_start" $"{at}.lr_schedule=linear" (fun keys _ ->
        keys.LearningRates = LearningRateSchedule.Linear)

    rule
        "entropy_coefficient stop_entropy_gradient use_softplus_entropy"
        $"{at}.entropy_method=regularized, or another one"
        (fun keys _ -> keys.Entropy <> EntropyMethod.None)

    rule "target_entropy entropy_lr" $"{at}.entropy_method=tuned" (fun keys _ ->
        keys.Entropy = EntropyMethod.Tuned)

    rule "workers" "behaviour.equal_episodes_per_task=False" (fun _ e ->
        not e.Behaviour.EqualEpisodesPerTask)

    rule "rho_bar c_bar" $"{at}.lag=1 or more" (fun keys _ -> keys.Lag > 0)

    rule "value_epochs value_layer_norm" $"{at}.value_function=squared or gaussian" (fun keys _ ->
        keys.Value <> ValueKind.Linear)
]

/// Switches of one kind of agents.
let private agents = [
    let isOnPolicy (e: Experiment) = e.Agent.Algorithm.OnPolicy.IsSome

    for names in
        [
            "equal_episodes_per_task divide_advantages_by_std bootstrap_time_limits"
            "padding_in_advantages accept_step_at_bound project_std fifty_tasks_in_mt50"
        ] do
        rule (below "behaviour" names) "an on-policy agent, such as agent=mtppo" isOnPolicy

    for names in
        [
            "balanced_batches store_reset_observation bootstrap_replay_time_limits"
            "frequencies_in_updates exact_squash_density"
        ] do
        rule
            (below "behaviour" names)
            "an agent that learns from a replay, such as agent=state_sac"
            (isOnPolicy >> not)
]

let private contexts = [
    for word, keys in ContextKeys.ofMethods do
        ruleOf keys $"{ContextKeys.path}.method={word}" (fun e ->
            Choices.nameOf ContextKeys.methods e.Agent.Context.Method = word)
]

let private environments = [
    rule
        "agent.optimizers.actor"
        "steps of Adam: agent.trpo.max_kl bounds the step of this agent"
        _.Agent.Algorithm.Trpo.IsNone

    rule "behaviour.accept_step_at_bound" "agent=mttrpo or agent=maml" _.Agent.Algorithm.Trpo.IsSome

    rule "behaviour.fifty_tasks_in_mt50" "env=metaworld-mt50" (fun e ->
        e.Choices.Env.Name = "metaworld-mt50")

    rule
        "behaviour.bootstrap_replay_time_limits"
        "environments of DeepMind Control"
        _.Choices.Env.Family.HasImages

    ruleOf
        [ DmControlKeys.height; DmControlKeys.width; DmControlKeys.frames ]
        images
        Observed.isImages

    ruleOf
        [ DmControlKeys.stickyProbability; DmControlKeys.stickyAge ]
        $"{DmControlKeys.sticky}=True"
        _.Environment.DmControl.IsSticky

    rule
        "env.description"
        "encodings of sentences, agent.multitask.task_encoder_cfg.model_cfg.pretrained_embedding_cfg.should_use=True, or experts that words select"
        (fun e ->
            e.Agent.Multitask.UseTaskEncoder && e.Agent.Multitask.TaskEncoder.Pretrained
            || e.Agent.Encoder.Kind = EncoderKind.MixtureOfExperts
               && e.Agent.Encoder.Mixture.Selection = ExpertSelection.Cluster)

    rule
        "env.benchmark.env_name"
        "env=metaworld-mt1 or env=metaworld-ml1; env.tasks chooses tasks here"
        _.Choices.Env.Tasks.IsNone
]

let private folders = [
    let follows =
        "a setup.save_dir that follows it, as the default does, ${setup.base_path}/${setup.name}"

    let decides (e: Experiment) = e.Setup.FolderKey = "setup.name"

    rule "setup.base_path" follows decides
    // Runs have it in MLflow, too.
    rule "setup.name" follows (fun e -> decides e || e.Logging.Mlflow.IsSome)
]

let private rules =
    folders
    @ surgery
    @ networks
    @ encoders
    @ models
    @ actions
    @ onPolicy
    @ agents
    @ contexts
    @ environments

/// Whether a value, or a part of one, follows a key.
let private follows (key: string) value =
    Scalar.texts value
    |> List.exists (fun text -> text.Contains("${" + key + "}") || text.Contains("${" + key + "."))

/// Warnings about the keys among `asked` that the experiment does not read. `given` are the unresolved values of all that
/// were set: a key that another one follows has an effect.
let warnings
    (table: Table.Table)
    (given: Map<string, Value>)
    (asked: seq<string>)
    (e: Experiment)
    : Warning list =
    let ofSurgery =
        match SurgeryKeys.chosen e.Agent.Surgery with
        | Some choice -> Map choice.Idle
        | None -> Map.empty

    [
        for path in asked do
            let needs =
                rules
                |> List.tryFind (fun rule ->
                    List.exists (fun above -> Table.isAt above path) rule.Paths
                    && not (rule.IsRead e))
                |> Option.map _.Needs
                |> Option.orElseWith (fun () -> Map.tryFind path ofSurgery)

            let isFollowed =
                given |> Map.exists (fun other value -> other <> path && follows path value)

            match (Map.find path table.ByPath).Effect, needs with
            | Effect.Ignored why, _ -> {
                Key = Table.written path
                Text = $"has no effect here: {why}."
              }
            | Effect.Used, Some needs when not isFollowed -> {
                Key = Table.written path
                Text = $"has no effect without {needs}."
              }
            | _ -> ()
    ]
