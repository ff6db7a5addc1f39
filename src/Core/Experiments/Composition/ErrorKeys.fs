/// The keys at which errors are reported: those that were given.
module internal MtrlFunctional.Experiments.ErrorKeys

/// The words of a group that are available, by its key.
let private words table (key: string) =
    if key.StartsWith "defaults." then
        Table.tryKey key table |> Option.map _.Names
    else
        None

/// Keys as they are written; of the words of a group those that are here.
let written (table: Table.Table) =
    function
    | ConfigError.BadValue(key, value, allowed, advice) ->
        let written = Table.written key

        let allowed =
            match words table key with
            | Some names when names.Length > ConfigError.MostNames ->
                $"a name that 'mtrl list {written}s' prints"
            | Some names -> Codec.allowedNames names
            | None -> allowed

        let advice =
            match key, value with
            | "defaults.agent", Value.Text name ->
                match ForkWords.ofAgent name with
                | Some words -> $"The same here: {words}."
                | None -> advice
            | "defaults.env", Value.Text name ->
                match TaskNames.tryMetaWorld name with
                | Some task -> $"{name} is a task: env=metaworld-mt1 env.benchmark.env_name={task}."
                | None -> advice
            | "env.tasks", (Value.Text name | Value.List [ Value.Text name ]) ->
                match Table.tryEnvWord name with
                | Some env -> $"{name} is an environment: env={env}."
                | None -> advice
            | _ -> advice

        ConfigError.BadValue(written, value, allowed, advice)
    | error -> error

/// The key of a wrong value; empty: another error.
let keyOf =
    function
    | ConfigError.BadValue(key, _, _, _) -> key
    | _ -> ""

/// The text of a default that may refer to other keys, alone or in a list.
let private reference (key: Key) choices =
    match key.Default choices with
    | Value.Text text
    | Value.List [ Value.Text text ] -> text
    | _ -> ""

/// Wrong values without those that only repeat another key's.
let atTheirSource table choices (given: Map<string, Value>) errors =
    let wrong = errors |> List.map keyOf |> set

    let repeats path =
        reference (Table.tryKey path table).Value choices
        |> References.names
        |> List.exists wrong.Contains

    errors
    |> List.filter (fun error -> given.ContainsKey(keyOf error) || not (repeats (keyOf error)))

/// Advice on a value that nobody gave.
let private ofDefault (table: Table.Table) choices (given: Map<string, Value>) key value advice =
    match Table.tryKey key table with
    | Some known when not (given.ContainsKey key) && known.Default choices = value ->
        $"Its default is {ValueText.print value}. {advice}".TrimEnd()
    | _ -> advice

/// Conflicts of an experiment at the keys that were given: one in a key that follows another is reported there, and once if
/// both are wrong alike. Of a default, the advice says that it is one.
let atGivenKeys (table: Table.Table) (e: Experiment) (given: Map<string, Value>) conflicts =
    // Most experiments have no conflicts, and a table has hundreds of keys.
    let values = lazy (Map.ofList (table.Schema.Write e))

    let rec source path =
        match Map.containsKey path given, Table.tryKey path table with
        | true, _ -> Some path
        | false, None -> None
        | false, Some key -> reference key e.Choices |> References.tryName |> Option.bind source

    [
        for conflict in conflicts do
            let value =
                conflict.Shown
                |> Option.orElse (values.Value.TryFind(Table.canonical conflict.Key))
                |> Option.defaultValue Value.Null

            let key = source conflict.Key |> Option.defaultValue conflict.Key

            (key, value, conflict.Allowed),
            ofDefault table e.Choices given key value conflict.Advice
    ]
    |> List.distinctBy fst
    |> List.map (fun ((key, value, allowed), advice) ->
        ConfigError.BadValue(key, value, allowed, advice))

let private writtenKey =
    function
    | Set(key, _)
    | Add(key, _)
    | Remove(key, _) -> key

/// Errors in the first seed at `setup.seed`, where the word of one seed set it.
let atOneSeed overrides (given: Compose.Given) =
    let isShort =
        match Map.tryFind Table.firstSeed given.Deciders with
        | Some number -> writtenKey (List.item number overrides) = Table.oneSeed
        | None -> overrides |> List.exists (fun word -> writtenKey word = Table.oneSeed)

    let asGiven (key: string) =
        if isShort && key.TrimStart '~' = Table.firstSeed then
            key.Replace(Table.firstSeed, Table.oneSeed)
        else
            key

    List.map (function
        | ConfigError.BadValue(key, value, allowed, advice) ->
            ConfigError.BadValue(asGiven key, value, allowed, advice)
        | ConfigError.UnknownReference(key, reference, nearest) ->
            ConfigError.UnknownReference(asGiven key, reference, nearest)
        | ConfigError.Needed key -> ConfigError.Needed(asGiven key)
        | error -> error)
