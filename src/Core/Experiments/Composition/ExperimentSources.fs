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

/// The experiment of words; `checkAvailable`: it is to be run here.
let composeWords (rules: CheckedExperiment.Rules) checkAvailable words =
    let expanded, unknown = Additions.expand rules.Added words

    // Without a preset's words all else would seem to be missing.
    match Option.toList (GarageCommand.errorIn words) @ unknown with
    | [] -> parse expanded ||> CheckedExperiment.compose rules checkAvailable
    | mistakes -> Error mistakes

/// The values of a YAML text as stored overrides.
let overridesIn (rules: CheckedExperiment.Rules) (text: string) =
    let rec flatten path =
        function
        | Value.Table(_ :: _ as entries) when (Table.tryKey path rules.Table).IsNone ->
            entries
            |> List.collect (fun (name, value) ->
                flatten (if path = "" then name else $"{path}.{name}") value)
        | value -> [ path, value ]

    Yaml.parse text
    |> Result.map (
        Value.Table
        >> flatten ""
        >> List.map (fun value -> { Override = Set value; Giver = Giver.Stored })
    )

/// The rules with the method of surgery that a stored configuration names: greedy actions do not need it, so that it need not
/// be given.
let private withNamedMethod (rules: CheckedExperiment.Rules) words =
    let known = rules.Table.ByPath[SurgeryKeys.Place].Names

    words
    |> List.tryPick (function
        | { Override = Set(SurgeryKeys.Place, Value.Text name) } when not (List.contains name known) ->
            Some(AddedMethod.notGiven name)
        | _ -> None)
    |> function
        | Some method' ->
            CheckedExperiment.rulesWith {
                rules.Added with
                    Surgery = method' :: rules.Added.Surgery
            }
        | None -> rules

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
let loadBy (rules: CheckedExperiment.Rules) (text: string) : Result<Experiment, ConfigError list> =
    // Without its table, all keys of an added algorithm would be mistakes.
    let notGiven words =
        words
        |> List.tryPick (function
            | { Override = Set("defaults.agent", Value.Text name) } when
                rules.Table.Agents |> List.forall (fun agent -> agent.Name <> name)
                ->
                Some(ConfigError.NotGiven("agent", name))
            | _ -> None)

    match overridesIn rules text with
    | Error error -> Error [ error ]
    | Ok words ->
        match notGiven words with
        | Some error -> Error [ error ]
        | None ->
            CheckedExperiment.compose (withNamedMethod rules words) false words []
            |> Result.map fst
            |> Result.mapError ofOtherVersion
