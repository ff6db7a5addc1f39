/// Values that the original fills in after composition, from other values.
module internal MtrlFunctional.Experiments.Derived

open MtrlFunctional.Tasks.Classic

/// The keys that may be filled in, and what from.
let sources =
    Map [
        "env.tasks", "behaviour.fifty_tasks_in_mt50"
        "env.num_envs", "the number of env.tasks"
        "env.horizon", "1,000 control steps"
        "env.test_tasks", "env.eval"
        "agent.multitask.num_envs", "variants that the networks distinguish"
        "agent.encoder.type_to_select", DmControlKeys.fromPixels
        ReplayBuffer.backing, DmControlKeys.fromPixels
        ModelKeys.decoderType, "agent.encoder.type_to_select"
        "agent.encoder_feature_dim", "the size of an observation"
        ClassicKeys.taskStates, "env.num_envs"
        ClassicKeys.testTaskStates, "env.num_envs"
        ClassicKeys.taskVisible, "env.num_envs"
    ]

let private raw choices (given: Map<string, Value>) (key: Key) =
    Map.tryFind key.Path given |> Option.defaultValue (key.Default choices)

/// Several tasks of a classic family: each has one task state, and its index in place of the task
/// observation.
let private severalStates family count (given: Map<string, Value>) =
    let names = Classic.taskNames family count |> List.map Value.Text |> Value.List

    [
        "env.tasks", names
        ClassicKeys.taskStates, Value.Int(int64 count)
        ClassicKeys.testTaskStates, Value.Int 0L
        ClassicKeys.taskVisible, Value.Bool false
    ]
    |> List.filter (fun (path, _) -> not (Map.containsKey path given))
    |> List.fold (fun given (path, value) -> Map.add path value given) given

/// The tasks of a multi-task benchmark without those that are left for the test, where there are others.
let private withoutTested choices (resolved: Map<string, Value>) (given: Map<string, Value>) =
    let fullName =
        function
        | Value.Text name -> TaskNames.tryTask name
        | _ -> None

    match choices.Env, Map.tryFind "env.test_tasks" given, resolved["env.tasks"] with
    | { Family = { HasGoals = true }; IsMetaLearning = false; Tasks = Some _ },
      Some(Value.List tested),
      Value.List tasks ->
        let tested = List.choose fullName tested

        match
            tasks
            |> List.filter (fullName >> Option.forall (fun name -> not (List.contains name tested)))
        with
        | [] -> given
        | left -> Map.add "env.tasks" (Value.List left) given
    | _ -> given

/// The given values, and beside them: the tasks of a benchmark that are not tested, those of variants, their number, the
/// horizon that follows from an action repeat, the encoder of states, and the width of an encoding where the encoder is
/// the identity.
let fillIn (table: Table.Table) (choices: Choices) (given: Map<string, Value>) =
    let resolved given =
        References.resolve table given (raw choices given)
        |> fst
        |> Map.map (fun _ value -> Scalar.typed value)

    let isGiven key = Map.containsKey key given

    let hasImages (resolved: Map<string, Value>) =
        choices.Env.Family.HasImages
        && resolved[DmControlKeys.fromPixels] = Value.Bool true

    let given =
        if
            choices.Env = EnvChoice.mt50
            && Choices.isOnPolicy choices
            && not (isGiven "env.tasks")
            && (resolved given)["behaviour.fifty_tasks_in_mt50"] = Value.Bool false
        then
            Map.add "env.tasks" (TaskNames.mt10 |> List.map Value.Text |> Value.List) given
        else
            given

    let given =
        if isGiven "env.tasks" then
            given
        else
            withoutTested choices (resolved given) given

    let given =
        match
            choices.Env.Family.TaskStates,
            Map.tryFind "env.num_envs" given |> Option.bind ValueText.whole
        with
        | Some family, Some count when 1L < count && count <= 10_000L ->
            severalStates family (int count) given
        | _ when choices.Env.Family.HasImages ->
            DmControlDerived.fillIn choices (resolved given) given
        | _ -> given

    let given =
        if
            isGiven ModelKeys.decoderType
            || hasImages (resolved given)
            || (resolved given)["agent.encoder.type_to_select"] = Value.Text "pixel"
        then
            given
        else
            Map.add ModelKeys.decoderType (Value.Text "identity") given

    let counted =
        match Map.containsKey "env.num_envs" given, (resolved given)["env.tasks"] with
        | false, Value.List(_ :: _ as tasks) ->
            Map.add "env.num_envs" (Value.Int(int64 tasks.Length)) given
        | _ -> given

    let values = resolved counted
    let isOn key = values[key] = Value.Bool true

    let knowsTasks =
        (MultitaskKeys.model table.Models).Read values["agent.multitask.model"]
        |> Option.exists _.KnowsTasks

    let isOneHot tasks =
        Observed.isOneHot
            choices.Env
            (isOn "behaviour.one_hot_tasks")
            tasks
            (isOn "agent.multitask.should_use_task_encoder" || knowsTasks)

    let classic =
        ClassicKeys.schema.Read(Schema.sourceOf choices (fun path -> values[path]))

    let dmControl =
        DmControlKeys.schema.Read(Schema.sourceOf choices (fun path -> values[path]))

    let count = ValueText.whole values["env.num_envs"]

    match values["agent.encoder.type_to_select"], count, classic, dmControl with
    | Value.Text "identity", Some tasks, Ok classic, Ok dmControl when
        tasks < 100_000L && not (hasImages values)
        ->
        let names =
            match values["env.tasks"] with
            | Value.List names ->
                names
                |> List.choose (function
                    | Value.Text name -> Some name
                    | _ -> None)
            | _ -> []

        match
            Observed.sizeOf choices.Env classic dmControl names (isOneHot (int tasks)) (int tasks)
        with
        | Some size -> Map.add "agent.encoder_feature_dim" (Value.Int(int64 size)) counted
        | None -> counted
    | _ -> counted

/// The value that a key has where it is not among the given ones; may be a reference.
let defaultOf (table: Table.Table) choices given (key: Key) =
    given
    |> Map.remove key.Path
    |> fillIn table choices
    |> Map.tryFind key.Path
    |> Option.defaultWith (fun () -> (Map.find key.Path table.ByPath).Default choices)

/// Every value, and what is wrong with references.
let resolve table choices given =
    let given = fillIn table choices given
    References.resolve table given (raw choices given)

/// The origin of every key's value. `giver` names the source of an explicitly set key.
let origins
    (table: Table.Table)
    choices
    (given: Map<string, Value>)
    (giver: string -> OriginSource)
    =
    let final = fillIn table choices given
    let ofDefault = Origin.ofDefault table.Agents choices

    let source path =
        match path with
        | "env.tasks" when choices.Env.Family.TaskStates.IsSome -> "env.num_envs"
        | "env.tasks" when choices.Env.Family.HasVariants -> "env.train"
        | "env.tasks" when Map.containsKey "env.test_tasks" given -> "env.test_tasks"
        | _ -> sources[path]

    let origin (key: Key) =
        match Map.tryFind key.Path given, Map.tryFind key.Path final with
        | Some value, Some same when value = same -> Origin.ofGiven (giver key.Path) value
        | _, Some _ -> { Source = OriginSource.Derived(source key.Path); Reference = None }
        | _, None -> ofDefault key

    Table.keys table |> List.map (fun key -> key.Path, origin key) |> Map.ofList
