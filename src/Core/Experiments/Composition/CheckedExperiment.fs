/// From overrides to a checked experiment.
module internal MtrlFunctional.Experiments.CheckedExperiment

let private readAll (table: Table.Table) choices given (values: Map<string, Value>) =
    table.Schema.Read {
        Choices = choices
        Value = fun path -> Map.find path values
        Default = Derived.defaultOf table choices given
    }
    |> Result.map (fun e ->
        let isRead = table.Schema.Write e |> List.map fst |> set

        // Of extensions, only keys that are read: a program without them knows no others.
        let isKept path =
            not (isRead.Contains path) && (Table.tryKey path Table.standard).IsSome

        {
            e with
                Unread = [
                    for key in Table.keys table do
                        if isKept key.Path then
                            key.Path, key.Canonical values[key.Path]
                ]
        })

/// Unavailable features, judged from the valid overrides.
let private missing table choices (given: Map<string, Value>) wrong =
    let right = given |> Map.filter (fun key _ -> not (List.contains key wrong))

    match Derived.resolve table choices right |> fst |> readAll table choices right with
    | Ok e -> Available.missing e
    | Error _ -> []

let private composeChosen
    (table: Table.Table)
    checkAvailable
    (words: GivenWord list)
    malformed
    (choices, notChosen)
    =
    let overrides = words |> List.map _.Override
    let given = Compose.apply table choices overrides
    let givers = words |> List.map _.Giver |> List.toArray

    let keysOf isGiver =
        given.Deciders
        |> Map.filter (fun _ number -> isGiver givers[number])
        |> Map.keys

    let byHand = keysOf ((=) Giver.Hand)
    let written = keysOf ((<>) Giver.Stored)
    let values, broken = Derived.resolve table choices given.Values
    let found = readAll table choices given.Values values

    let wrong =
        match found with
        | Ok _ -> []
        | Error errors ->
            errors
            |> List.filter (fun error -> not (broken.ContainsKey(ErrorKeys.keyOf error)))
            |> ErrorKeys.atTheirSource table choices given.Values

    let faults =
        malformed
        @ notChosen
        @ given.Errors
        @ UnusedKeys.mistakes table.Algorithms choices written
        @ (broken |> Map.toList |> List.map snd |> List.distinct)
        @ List.map (ErrorKeys.written table) wrong

    let conflicts =
        match found with
        | Ok e when faults.IsEmpty ->
            let agent = DescribedAgent.observing (table.Environment e) table.Catalogue e

            let conflicts =
                Check.conflicts table.Agents table.Families e
                @ (Catalogue.entryOf table.Catalogue e).Conflicts e
                @ NetworkCheck.conflicts agent e
                @ OnPolicyCheck.entropy agent e
                @ ContextCheck.conflicts agent e
                @ ModelCheck.conflicts e

            UnusedKeys.mistakesOfTasks e written
            @ ErrorKeys.atGivenKeys table e given.Values conflicts
        | _ -> []

    let missing =
        if checkAvailable then
            let left = List.map ErrorKeys.keyOf wrong @ (broken |> Map.toList |> List.map fst)
            missing table choices given.Values left
        else
            []

    match found, faults @ conflicts @ missing with
    | Ok e, [] ->
        Ok(
            e,
            [
                for number, warning in given.Warnings do
                    if givers[number] = Giver.Hand then
                        warning
            ]
            @ UnusedKeys.warnings table.Algorithms choices byHand
            @ IdleKeys.warnings table given.Values byHand e
            @ (FamilyRules.find table.Families e.Choices.Env).Warnings e
            @ (Catalogue.entryOf table.Catalogue e).Warnings e
            @ ScheduleCheck.warnings e
            @ ColumnCheck.warnings e
        )
    | _, errors -> Error(ErrorKeys.atOneSeed overrides given errors)

/// The experiment of overrides, or all mistakes; keys without a use are mistakes where somebody wrote them.
/// `checkAvailable`: it is to be run here; `malformed`: mistakes in words that are no overrides.
let rec compose (table: Table.Table) checkAvailable (words: GivenWord list) malformed =
    let isStored = words |> List.exists (fun word -> word.Giver = Giver.Stored)

    // The last of repeated words wins.
    match ChosenGroups.choose table (words |> List.map _.Override |> List.rev) with
    // Of unknown environments, nothing else can be judged.
    | { Env = env }, _ when not (isStored || env.Family.IsGiven) ->
        match table.Families |> List.collect _.Words |> List.filter _.Family.IsOwn with
        | [] -> Error [ ConfigError.NotGiven("env", env.Name) ]
        | given ->
            let names = given |> List.map _.Name |> String.concat ", "

            Error [
                ConfigError.Malformed(
                    $"env={env.Name}",
                    $"no extension of this name is given. Those that are: {names}"
                )
            ]
    | chosen ->
        composeChosen table checkAvailable words malformed chosen
        |> Result.map (fun (e, warnings) ->
            let provenance = {
                Words = words
                Given = words
                Mistakes = []
                Made = Some e
                Compose = fun checkAvailable words -> compose table checkAvailable words []
                Expand = Additions.expand table.Added
            }

            { e with Provenance = provenance }, warnings)
