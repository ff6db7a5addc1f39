/// Typed changes of an experiment as words: what a changed record states differently is given as if it were written.
///
/// So a typed experiment and the words of the same experiment mean the same: values that follow a changed one follow it, and
/// the same checks name the same keys.
module internal MtrlFunctional.Experiments.Editing

/// The values of a record that its words do not give it.
let changes (e: Experiment) =
    let valuesOf = Table.standard.Schema.Write

    let made =
        e.Provenance.Made |> Option.map valuesOf |> Option.defaultValue [] |> Map.ofList

    valuesOf e
    |> List.filter (fun (path, value) -> Map.tryFind path made <> Some value)
    |> List.map (fun value -> { Override = Set value; Giver = Giver.Hand })

/// The experiment of all that was given and of a changed record, or all mistakes; `toRun`: it is to be run here.
let compose toRun (e: Experiment) =
    let made = e.Provenance

    match made.Mistakes, made.Compose toRun (made.Given @ changes e) with
    | [], composed -> composed
    | mistakes, Ok _ -> Error mistakes
    | mistakes, Error errors -> Error(List.distinct (mistakes @ errors))

/// As `compose`, where the record was changed since it was composed; else the experiment itself. It is to be run here.
[<CompiledName("Settle")>]
let settle (e: Experiment) =
    let made = e.Provenance

    if made.Mistakes.IsEmpty && made.Given = made.Words && made.Made = Some e then
        Ok e
    else
        compose true e |> Result.map fst

/// The experiment with mistakes, which are reported when it is checked.
let withMistakes mistakes (e: Experiment) = {
    e with
        Provenance = {
            e.Provenance with
                Mistakes = List.distinct (e.Provenance.Mistakes @ mistakes)
        }
}

/// The experiment with the changes of its record and with further words; as it was before where there is a mistake in them,
/// until a later edit mends it or the experiment is checked.
let add words (e: Experiment) =
    let before = e.Provenance
    let added = changes e @ words

    let edited, words =
        match before.Compose false (before.Words @ added) with
        | Ok(edited, _) -> edited, before.Words @ added
        | Error _ -> Option.defaultValue e before.Made, before.Words

    {
        edited with
            Provenance = {
                edited.Provenance with
                    Words = words
                    Given = before.Given @ added
                    Mistakes = before.Mistakes
                    Made = Some edited
                    Compose = before.Compose
                    Expand = before.Expand
            }
    }

/// The experiment with parts that its words may name, also those that were given before.
let withParts parts (e: Experiment) =
    let table = Table.create parts
    let given = e.Provenance.Given @ changes e

    let provenance = {
        e.Provenance with
            Given = given
            Compose = fun toRun words -> CheckedExperiment.compose table toRun words []
            Expand = Additions.expand parts
    }

    match provenance.Compose false given with
    | Ok(made, _) -> withMistakes e.Provenance.Mistakes made
    | Error _ -> { e with Provenance = provenance }

/// The experiment with words of a command line, which may name presets.
let withWords words (e: Experiment) =
    let expanded, unknown = e.Provenance.Expand words
    let given, malformed = ExperimentSources.parse expanded
    e |> withMistakes (unknown @ malformed) |> add given

/// The experiment of words; where there are mistakes in them, with the values of MT10 until parts mend them.
let rec start words =
    match ExperimentSources.composeWords Table.standard false words with
    | Ok(e, _) -> e
    | Error _ -> withWords words (start [ "env=metaworld-mt10" ])

/// The experiment with changed keys of a group that only some algorithms have; `such` is the word of an agent that has them.
let ofGroup such (get: AlgorithmKeys -> 'keys option) set change (e: Experiment) =
    match get e.Agent.Algorithm with
    | Some keys ->
        let algorithm = set (Some(change keys)) e.Agent.Algorithm
        add [] { e with Agent = { e.Agent with Algorithm = algorithm } }
    | None ->
        withMistakes
            [
                ConfigError.Malformed(
                    "agent",
                    $"{e.Choices.Agent.Name} has none of the changed keys; choose another before, such as Experiment.withAgent \"{such}\""
                )
            ]
            e
