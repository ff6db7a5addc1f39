/// Keys that an agent or an environment does not use. Setting one is an error.
module internal MtrlFunctional.Experiments.UnusedKeys

/// Paths of keys, and of groups of keys, that off-policy agents read alone, each with the key of on-policy agents that serves
/// in its place, or "".
let private offPolicy = [
    "replay_buffer.batch_size", "agent.on_policy.minibatch_size"
    "replay_buffer.capacity", "agent.on_policy.batch_size"
    ReplayBuffer.backing, ""
    ReplayBuffer.randomShift, ""
    "experiment.init_steps", ""
    "experiment.updates_per_step", "agent.ppo.epochs"
    "experiment.save.buffer.should_save", ""
    "experiment.envs_to_exclude_during_training", "env.tasks"
    "agent.actor.log_std_bounds", "agent.on_policy.min_std"
    "agent.actor.log_std_limit", ""
    "agent.builder.init_temperature", "agent.on_policy.entropy_coefficient"
    "agent.builder.actor_update_freq", "agent.ppo.epochs"
    "agent.multitask.should_use_disentangled_alpha", "agent.on_policy.entropy_method"
    "agent.optimizers.alpha", "agent.on_policy.entropy_lr"
    "agent.multitask.task_encoder_cfg.optimizer_cfg", "agent.optimizers.actor.lr"
]

/// Paths of groups of keys that the original has for every agent, whether or not it reads them: commands of its papers
/// set them.
let private ofEveryAgent = [
    "agent.transition_model"
    "agent.optimizers.encoder"
    "agent.optimizers.decoder"
    "agent.multitask.contrastive"
]

let private isOfEveryAgent key =
    ofEveryAgent |> List.exists (fun path -> Table.isAt path key)

/// Paths of keys, and of groups of keys, that have no effect for an agent, each with the key that serves in its place, or "".
let private ofAgent (algorithms: AlgorithmSchema list) (agent: Family) = [
    let unused = if agent.IsOnPolicy then offPolicy else []
    yield! unused

    if not agent.HasTaskGradients then
        "agent.surgery", ""

    for path in ContextKeys.ofOthers agent.Context do
        path, ""

    // Their networks are plain layers, which no task is known to, and a memory.
    if agent.FindsTask then
        "agent.multitask", ""
        "agent.encoder", ""

    let read = AlgorithmSchema.pathsOf agent algorithms + set (List.map fst unused)

    for path in
        algorithms
        |> List.collect AlgorithmSchema.keys
        |> List.map _.Path
        |> List.distinct do
        if not (read.Contains path || isOfEveryAgent path) then
            path, ""

    yield! AlgorithmSchema.unread agent algorithms
]

/// Warnings about keys that were given and that the agent does not read, as the original's does not.
let warnings
    (algorithms: AlgorithmSchema list)
    (choices: Choices)
    (given: seq<string>)
    : Warning list =
    let read = AlgorithmSchema.pathsOf choices.Agent.Family algorithms

    [
        for key in given do
            if isOfEveryAgent key && not (read.Contains key) then
                { Key = key; Text = $"has no effect with agent={choices.Agent.Name}." }
    ]

/// Keys that families of environments have for their tasks.
let private ofFamilies =
    EnvChoice.all |> List.collect _.Family.Accepts |> List.distinct

/// Paths of the table without use, each with the word that has none for it and the key that serves there, or "".
let private unread (algorithms: AlgorithmSchema list) (choices: Choices) = [
    let family = choices.Env.Family

    for path, instead in ofAgent algorithms choices.Agent.Family do
        path, $"agent={choices.Agent.Name}", instead

    for path, instead in
        [ for key in List.except family.Accepts ofFamilies -> key, "" ] @ family.Unused do
        path, $"env={choices.Env.Name}", instead
]

/// Errors in the keys that were given: keys that the agent or the environments do not use.
let mistakes algorithms choices (given: seq<string>) =
    let unread = unread algorithms choices

    [
        for key in given do
            for path, word, instead in unread do
                if Table.isAt path key then
                    ConfigError.NoUse(key, word, instead)
    ]

/// Errors in given keys that only tasks outside the experiment read.
let mistakesOfTasks (e: Experiment) (given: seq<string>) =
    let env = e.Choices.Env
    let unread = env.Family.ReadByOthers e.Environment.Tasks

    [
        for key in given do
            if List.contains key unread then
                ConfigError.NoUse(key, $"env={env.Name} with these tasks", "")
    ]

/// The keys among `keys` that have no effect.
let among algorithms choices (keys: seq<string>) =
    let unread = unread algorithms choices

    keys
    |> Seq.filter (fun key -> unread |> List.exists (fun (path, _, _) -> Table.isAt path key))
    |> set
