/// Experiments of words, in which presets are expanded, and of YAML texts.
module internal MtrlFunctional.Experiments.ExperimentSources

open MtrlFunctional
open MtrlFunctional.Surgery

/// Words as overrides of their givers, and those that are none.
let parse (words: (Giver * string) list) =
    Results.partition [
        for giver, word in words ->
            Overrides.parse word
            |> Result.map (fun right -> { Override = right; Giver = giver })
            |> Result.mapError (fun why -> ConfigError.Malformed(word, why))
    ]

/// The warning about more presets than one.
let private severalPresets words : Warning list =
    match words |> List.choose Presets.nameIn |> List.distinct with
    | []
    | [ _ ] -> []
    | names -> [
        {
            Key = "preset"
            Text =
                $"""{String.concat " and " names} are joined: a key that several of them set has the value of the last."""
        }
      ]

/// The experiment of words; `checkAvailable`: it is to be run here.
let composeWords (table: Table.Table) checkAvailable words =
    let expanded, unknown = Additions.expand table.Added words

    // Without a preset's words all else would seem to be missing.
    match Option.toList (GarageCommand.errorIn words) @ unknown with
    | [] ->
        parse expanded
        ||> CheckedExperiment.compose table checkAvailable
        |> Result.map (fun (e, warnings) -> e, severalPresets words @ warnings)
    | mistakes -> Error mistakes

/// The values of a YAML text as stored overrides.
let private overridesIn table (text: string) =
    Yaml.parse text
    |> Result.map (
        Yaml.flat (fun path -> (Table.tryKey path table).IsSome)
        >> List.map (fun value -> { Override = Set value; Giver = Giver.Stored })
    )

/// The text of a key in a stored configuration that is none of these names.
let private unknownName key names words =
    words
    |> List.tryPick (function
        | { Override = Set(set, Value.Text name) } when set = key -> Some name
        | _ -> None)
    |> Option.filter (fun name -> not (List.contains name names))

/// The table with the method of surgery that a stored configuration names: greedy actions do not need it, so that it need not
/// be given.
let private withNamedMethod (table: Table.Table) words =
    match unknownName SurgeryKeys.MethodKey table.ByPath[SurgeryKeys.MethodKey].Names words with
    | Some name ->
        Table.create { table.Added with Surgery = AddedMethod.notGiven name :: table.Added.Surgery }
    | None -> table

/// Many unknown keys of a stored configuration as one mistake.
let private ofOtherVersion mistakes =
    let unknown =
        mistakes
        |> List.choose (function
            | ConfigError.UnknownKey(key, _) -> Some key
            | _ -> None)

    if unknown.Length > ConfigError.MostUnknown then
        [ ConfigError.OtherVersion unknown ]
    else
        mistakes

/// The experiment of a YAML text; what is missing in it has its default.
let loadBy (table: Table.Table) (text: string) : Result<Experiment, ConfigError list> =
    match overridesIn table text with
    | Error error -> Error [ error ]
    | Ok words ->
        match unknownName "defaults.agent" (table.Agents |> List.map _.Name) words with
        // Without its table, all keys of an added algorithm would be mistakes.
        | Some name -> Error [ ConfigError.NotGiven("agent", name) ]
        | None ->
            CheckedExperiment.compose (withNamedMethod table words) false words []
            |> Result.map fst
            |> Result.mapError ofOtherVersion
