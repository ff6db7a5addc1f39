/// What must hold for tasks of several families in one policy.
module internal MtrlFunctional.Experiments.MixedCheck

open MtrlFunctional.Experiments.Requirement
open MtrlFunctional.Spaces
open MtrlFunctional.Tasks.Classic

let private texts names =
    names |> List.map Value.Text |> Value.List

/// Whether the tasks can be joined.
let private spaces (e: Experiment) =
    let env, word = e.Environment, $"env={e.Choices.Env.Name}"

    let wrong allowed why = [
        ConfigError.BadValue("env.tasks", texts env.Tasks, $"{allowed} with {word}", why)
    ]

    let isIndexed task =
        Classic.isTask task && (TaskNames.tryClassic task).IsNone

    match e.Choices.Env.Family.OwnSpaces env.Classic env.Horizon env.Tasks with
    // An empty list is reported elsewhere.
    | None
    | Some [] -> []
    | Some tasks ->
        let specs = [ for name, spaces in tasks -> name, spaces.Spec ]

        match List.tryFind isIndexed env.Tasks, MixedSpaces.join specs with
        | Some task, _ ->
            wrong
                "classic families without an index"
                $"{task} is one of several tasks of env=mt-… env.num_envs=…; beside tasks of other families, mt-cartpole and its like have {ClassicKeys.taskStates} task states."
        | None, Error why -> wrong "tasks that can be joined" why
        | None, Ok _ -> []

/// Where rows end in padding.
let private padded (agents: AgentChoice list) (e: Experiment) =
    List.concat [
        let agents = [
            for agent in agents do
                if agent.Family.JoinsSpaces then
                    agent.Name
        ]

        let isKnown = e.Choices.Agent.Family.JoinsSpaces

        unless
            isKnown
            "agent"
            (Value.Text e.Choices.Agent.Name)
            $"{Codec.allowedNames agents} with tasks of different spaces"
            "Other agents would learn from the numbers that pad actions."

        // Other agents may have no other model: that they are not known says it.
        unless
            (not isKnown || not e.Agent.Multitask.Model.IsSeparate)
            "agent.multitask.model"
            (Value.Text e.Agent.Multitask.Model.Name)
            "another model with tasks of different spaces"
            "Train each task in a run of its own instead, such as env=dmc-walker-walk."

        unless
            (e.Behaviour.EqualEpisodesPerTask || not (Choices.isOnPolicy e.Choices))
            "behaviour.equal_episodes_per_task"
            (Value.Bool false)
            "true with tasks of different spaces"
            "With tasks in turn, rows of a minibatch have no task index."

        match e.Agent.Algorithm.OnPolicy with
        | Some keys ->
            unless
                (not keys.NormalizeObservations || keys.ObservationsPerTask)
                "agent.on_policy.observations_per_task"
                (Value.Bool false)
                "true with agent.on_policy.normalize_observations=True and tasks of different spaces"
                "A column of the observation has another meaning in each task."
        | None -> ()
    ]

let private adapterKey = "agent.multitask.adapter"

/// Layers for each embodiment.
let private embodied (e: Experiment) =
    List.concat [
        let agent = e.Agent
        let embodiments = Observed.embodimentGroups e |> List.distinct |> List.length

        unless
            (embodiments > 1)
            adapterKey
            (Value.Text "per_embodiment")
            "pad with tasks of one embodiment"
            "Tasks of several: env=mixed env.tasks=[reach,walker-walk], and its like."

        unless
            (agent.Encoder.Kind = EncoderKind.Identity)
            "agent.encoder.type_to_select"
            (Value.Text(Choices.nameOf Encoder.kinds agent.Encoder.Kind))
            $"identity with {adapterKey}=per_embodiment"
            "An encoder that all embodiments share would read the observations before their own layers."

        unless
            (agent.Context.Method = ContextMethod.None)
            adapterKey
            (Value.Text "per_embodiment")
            "pad with agent.context.method"
            "The encoder of the context reads observations of all embodiments."
    ]

/// All that is wrong.
let conflicts agents (e: Experiment) : ConfigError list =
    List.concat [
        if e.Choices.Env.Family.Joins then
            spaces e

            if not (Observed.taskSizes e).IsEmpty then
                padded agents e

        if e.Agent.Multitask.Adapter = SpaceAdapter.PerEmbodiment then
            embodied e
    ]
