/// Experiments of words, in which presets are expanded, and of YAML texts.
module internal MtrlFunctional.Experiments.ExperimentSources

let private composeExpanded rules checkAvailable words =
    let parsed = words |> List.map (fun word -> word, Overrides.parse word)

    let malformed =
        parsed
        |> List.choose (fun (word, result) ->
            match result with
            | Error why -> Some(ConfigError.Malformed(word, why))
            | Ok _ -> None)

    let overrides = parsed |> List.choose (snd >> Result.toOption)
    CheckedExperiment.compose rules true checkAvailable overrides malformed

/// The words with those of presets in their place, and who gave each.
let expand words =
    let sourced (word: string) =
        let source =
            match Presets.nameIn word with
            | Some name -> OriginSource.Preset name
            | None -> OriginSource.CommandLine

        Presets.expand word |> Result.map (List.map (fun word -> source, word))

    GarageCommand.ofPapers words |> List.map sourced

/// The experiment of words; `checkAvailable`: it is to be run here.
let composeWords rules checkAvailable words =
    let expanded = expand words

    let unknown =
        expanded
        |> List.choose (function
            | Error error -> Some error
            | Ok _ -> None)

    // Without a preset's words all else would seem to be missing.
    match Option.toList (GarageCommand.errorIn words) @ unknown with
    | [] ->
        expanded
        |> List.collect (Result.defaultValue [])
        |> List.map snd
        |> composeExpanded rules checkAvailable
    | unknown -> Error unknown

/// The values of a YAML text as overrides.
let overridesIn (rules: CheckedExperiment.Rules) (text: string) =
    let rec flatten path =
        function
        | Value.Table(_ :: _ as entries) when (Table.tryKey path rules.Table).IsNone ->
            entries
            |> List.collect (fun (name, value) ->
                flatten (if path = "" then name else $"{path}.{name}") value)
        | value -> [ path, value ]

    Yaml.parse text |> Result.map (Value.Table >> flatten "")

/// The experiment of a YAML text; what is missing in it has its default.
let loadBy (rules: CheckedExperiment.Rules) (text: string) : Result<Experiment, ConfigError list> =
    // Without its table, all keys of an added algorithm would be mistakes.
    let notGiven values =
        values
        |> List.tryPick (function
            | "defaults.agent", Value.Text name when
                rules.Table.Agents |> List.forall (fst >> (<>) name)
                ->
                Some(ConfigError.NotGiven("agent", name))
            | _ -> None)

    match overridesIn rules text with
    | Error error -> Error [ error ]
    | Ok values ->
        match notGiven values with
        | Some error -> Error [ error ]
        | None ->
            CheckedExperiment.compose rules false false (List.map Set values) []
            |> Result.map fst
