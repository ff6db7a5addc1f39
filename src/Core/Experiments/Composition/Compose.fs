/// Overrides on top of the table of defaults, then references resolved: a value for every key.
///
/// Follows Hydra 1.0 and OmegaConf 2.0: the last of repeated keys wins, references are resolved
/// after all overrides, and a whole node may be replaced by a reference to another.
module internal MtrlFunctional.Experiments.Compose

open System

/// Unresolved values of the explicitly set keys, with warnings about them.
type Given = {
    Values: Map<string, Value>
    /// The index of the override that set each of them.
    Deciders: Map<string, int>
    Errors: ConfigError list
    /// With the index of the override that each is about.
    Warnings: (int * Warning) list
    /// The override that is being applied.
    Current: int
}

let private nothing = {
    Values = Map.empty
    Deciders = Map.empty
    Errors = []
    Warnings = []
    Current = 0
}

let private decide (key: Key) value given = {
    given with
        Values = Map.add key.Path value given.Values
        Deciders = Map.add key.Path given.Current given.Deciders
}

let private fail error given = { given with Errors = error :: given.Errors }

let private warn key text (given: Given) = {
    given with
        Warnings = (given.Current, { Key = key; Text = text }) :: given.Warnings
}

let private isTable (key: Key) = key.Accepts(Value.Table [])

/// Errors and warnings about unknown keys that are given near names; the search takes a millisecond.
let private mostHinted = 100

let private nearest table choices path given =
    let isFull messages =
        Seq.length (Seq.truncate mostHinted messages) = mostHinted

    if isFull given.Errors || isFull given.Warnings then
        []
    else
        NearestKeys.find table choices path

/// What serves here in the place of a key of Hydra or of a fork of mtrl.
let private foreign path value =
    HydraWords.ofKey path
    |> Option.orElseWith (fun () -> ForkWords.ofKey path value)

/// Keys that a message names in the place of a group.
let private mostOfGroup = 3

/// The error of a group of Hydra's files, `agent/optimizers` or `experiment`, which are keys here.
let private ofGroup table (path: string) =
    let dotted = path.Replace('/', '.')

    let keys =
        match Table.below dotted table with
        | [] when dotted = Table.oneSeed || (Table.tryKey dotted table).IsSome -> [ dotted ]
        | [] -> Table.nearest (fun _ -> true) dotted table
        | below -> [ for key in List.truncate mostOfGroup below -> Table.written key.Path ]

    let list =
        match keys with
        | [] -> "; 'mtrl config --keys' lists them"
        | keys -> ": " + String.Join(", ", keys)

    ConfigError.Malformed(
        path,
        $"names a group of files of Hydra; its keys are set here one by one{list}"
    )

/// A key that nothing reads: a mistake, or a warning where it may be new.
let private putUnknown table choices isNew path value given =
    let nearest = nearest table choices path given

    if isNew then
        { given with Values = Map.add path value given.Values }
        |> warn
            (Truncate.text 80 path)
            $"is new, and nothing here reads it.{MtrlFunctional.Nearest.sentence nearest}"
    else
        given |> fail (ConfigError.UnknownKey(path, nearest))

let rec private put table choices isNew path value given =
    match Table.tryKey path table with
    | Some key -> decide key value given
    | None ->
        match Table.owner path table, Table.below path table, value with
        | Some(key, names), _, _ when isTable key ->
            let old =
                Map.tryFind key.Path given.Values |> Option.defaultValue (key.Default choices)

            decide key (Yaml.put names value old) given
        | _, (_ :: _ as inner), Value.Text text when (References.tryName text).IsSome ->
            let source = (References.tryName text).Value

            (given, inner)
            ||> List.fold (fun given key ->
                let from = source + key.Path.Substring path.Length

                if (Table.tryKey from table).IsSome then
                    put table choices false key.Path (Value.Text("${" + from + "}")) given
                else
                    given)
        | _, _ :: _, Value.Table entries ->
            (given, entries)
            ||> List.fold (fun given (name, v) ->
                put table choices isNew (Table.canonical $"{path}.{name}") v given)
        | Some(key, [ index ]), _, _ when
            key.Accepts(Value.List []) && Seq.forall Char.IsDigit index
            ->
            let whole = $"{Table.written key.Path}=[x, y, …]"

            given
            |> fail (
                ConfigError.Malformed(
                    path,
                    $"names an element of a list; a list is given as a whole, {whole}"
                )
            )
        | _, inner, _ ->
            match foreign path value with
            | Some answer -> given |> fail (ConfigError.Malformed(path, answer))
            | None when path.Contains '/' || not inner.IsEmpty -> given |> fail (ofGroup table path)
            | None -> given |> putUnknown table choices isNew path value

let private remove table choices path value given =
    let current (key: Key) =
        Map.tryFind key.Path given.Values |> Option.defaultValue (key.Default choices)

    let isOther (key: Key) =
        value |> Option.exists (fun v -> Scalar.typed v <> Scalar.typed (current key))

    match Table.tryKey path table, Table.below path table with
    | None, [] -> given |> fail (ConfigError.UnknownKey(path, nearest table choices path given))
    | Some key, _ when isOther key ->
        let error =
            ConfigError.BadValue(
                $"~{Table.written path}",
                value.Value,
                $"the value of the key, {ValueText.print (current key)}",
                ""
            )

        given |> fail error
    | key, below ->
        (given, Option.toList key @ below)
        ||> List.fold (fun given key ->
            if key.Accepts Value.Null then
                decide key Value.Null given
            else
                given |> fail (ConfigError.Needed(Table.written key.Path)))

let private seeds = "setup.num_seeds"

let private expand =
    function
    | Set(key, value)
    | Add(key, value) when key = Table.oneSeed -> [
        Set(Table.firstSeed, value)
        Set(seeds, Value.Int 1L)
      ]
    | Remove(key, value) when key = Table.oneSeed -> [ Remove(Table.firstSeed, value) ]
    | other -> [ other ]

/// With a warning where the override is one seed in place of the several that an override before it asks for.
let private replacing override' given =
    match override', Map.tryFind seeds given.Values with
    | (Set(key, first) | Add(key, first)), Some(Value.Int count) when
        key = Table.oneSeed && count > 1L
        ->
        given
        |> warn
            key
            $"is one seed, in place of {seeds}={count} before it. {Table.firstSeed}={ValueText.print first} is the first of {count}."
    | _ -> given

/// The full key, with a warning where it was written at another level of the table.
let private placed written given =
    match List.tryFind (fst >> (=) written) Table.misplaced with
    | Some(_, key) -> key, given |> warn written $"is read as {key}."
    | None -> Table.canonical written, given

/// Applies overrides in order.
let apply table choices overrides =
    let one given override' =
        let onKey written apply =
            let key, given = placed written given
            apply key given

        match override' with
        | Set(key, value) -> onKey key (fun key -> put table choices false key value)
        | Add(key, value) -> onKey key (fun key -> put table choices true key value)
        | Remove(key, value) -> onKey key (fun key -> remove table choices key value)

    let given =
        (nothing, List.indexed overrides)
        ||> List.fold (fun given (number, override') ->
            expand override'
            |> List.fold one (replacing override' { given with Current = number }))

    {
        given with
            Errors = List.rev given.Errors
            Warnings = List.rev given.Warnings
    }
