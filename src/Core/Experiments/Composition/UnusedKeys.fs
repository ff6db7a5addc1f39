/// Keys that an agent or an environment does not use. Setting one is an error.
module internal MtrlFunctional.Experiments.UnusedKeys

/// Keys of on-policy agents that correspond to keys of off-policy ones.
let private insteads =
    Map [
        "replay_buffer.batch_size", "agent.on_policy.minibatch_size"
        "replay_buffer.capacity", "agent.on_policy.batch_size"
        "experiment.updates_per_step", "agent.ppo.epochs"
        "experiment.envs_to_exclude_during_training", "env.tasks"
        "agent.builder.init_temperature", "agent.on_policy.entropy_coefficient"
        "agent.builder.actor_update_freq", "agent.ppo.epochs"
        "agent.actor.log_std_bounds", "agent.on_policy.min_std"
        "agent.multitask.should_use_disentangled_alpha", "agent.on_policy.entropy_method"
        "agent.optimizers.alpha", "agent.on_policy.entropy_lr"
        "agent.multitask.task_encoder_cfg.optimizer_cfg", "agent.optimizers.actor.lr"
    ]

/// Keys, and places of the table, of all off-policy agents.
let private offPolicy = [
    "replay_buffer.batch_size"
    "replay_buffer.capacity"
    ReplayBuffer.backing
    ReplayBuffer.randomShift
    "experiment.init_steps"
    "experiment.updates_per_step"
    "experiment.save.buffer.should_save"
    "experiment.envs_to_exclude_during_training"
    "agent.actor.log_std_bounds"
    "agent.multitask.should_use_disentangled_alpha"
    "agent.optimizers.alpha"
    "agent.multitask.task_encoder_cfg.optimizer_cfg"
]

/// Places of the table that the original has for every agent, whether or not it reads them: commands of its papers set
/// them.
let private ofEveryAgent = [
    "agent.transition_model"
    "agent.optimizers.encoder"
    "agent.optimizers.decoder"
    "agent.multitask.contrastive"
]

let private isBelow (places: string list) (key: string) =
    places |> List.exists (fun place -> key = place || Table.isBelow place key)

/// Keys, and groups of keys, that have no effect for an agent.
let private places (algorithms: AlgorithmSchema list) (agent: AgentChoice) = [
    if agent.Family.IsOnPolicy then
        yield! offPolicy

    if not agent.Family.HasTaskGradients then
        "agent.surgery"

    yield! ContextKeys.ofOthers agent.Family.Context

    // Their networks are plain layers, which no task is known to, and a memory.
    if agent.Family.FindsTask then
        "agent.multitask"
        "agent.encoder"

    let read = AlgorithmSchema.pathsOf agent.Family algorithms

    for path in
        algorithms
        |> List.collect AlgorithmSchema.keys
        |> List.map _.Path
        |> List.distinct do
        if not (read.Contains path || isBelow ofEveryAgent path) then
            path
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
            if isBelow ofEveryAgent key && not (read.Contains key) then
                { Key = key; Text = $"has no effect with agent={choices.Agent.Name}." }
    ]

/// Keys that families of environments have for their tasks.
let private ofFamilies =
    EnvChoice.all |> List.collect _.Family.Accepts |> List.distinct

/// Keys of other environments than the chosen ones, with the key that serves here, or none.
let private foreign (family: EnvFamily) = [
    for key in List.except family.Accepts ofFamilies do
        key, ""

    yield! family.Unused
]

/// Errors in the keys that were given: keys that the agent or the environments do not use.
let mistakes (algorithms: AlgorithmSchema list) (choices: Choices) (given: seq<string>) =
    let instead place =
        if choices.Agent.Family.IsOnPolicy then
            Map.tryFind place insteads |> Option.defaultValue ""
        else
            ""

    let places = [
        for place in places algorithms choices.Agent -> place, instead place
        yield! AlgorithmSchema.unread choices.Agent.Family algorithms
    ]

    let foreign = foreign choices.Env.Family

    [
        for key in given do
            for place, instead in places do
                if isBelow [ place ] key then
                    ConfigError.NoUse(key, $"agent={choices.Agent.Name}", instead)

            for other, instead in foreign do
                if key = other then
                    let word = $"env={choices.Env.Name}"
                    ConfigError.NoUse(key, word, instead)
    ]

/// Errors in keys that were given for other tasks than those of an experiment.
let mistakesOfTasks (e: Experiment) (given: seq<string>) =
    let env = e.Choices.Env
    let unread = env.Family.ReadByOthers e.Environment.Tasks

    [
        for key in given do
            if List.contains key unread then
                ConfigError.NoUse(key, $"env={env.Name} with these tasks", "")
    ]

/// The keys among `keys` that have no effect.
let among (algorithms: AlgorithmSchema list) (choices: Choices) (keys: seq<string>) =
    mistakes algorithms choices keys
    |> List.choose (function
        | ConfigError.NoUse(key, _, _) -> Some key
        | _ -> None)
    |> set
