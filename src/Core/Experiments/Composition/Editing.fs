/// Typed changes of an experiment as words: what a changed record states differently is given as if it were written.
///
/// So a typed experiment and the words of the same experiment mean the same: values that follow a changed one follow it, and
/// the same checks name the same keys.
module internal MtrlFunctional.Experiments.Editing

/// The values of a record that its words do not give it.
let private changes (e: Experiment) =
    let valuesOf = Table.standard.Schema.Write

    let made =
        e.Provenance.Made |> Option.map valuesOf |> Option.defaultValue [] |> Map.ofList

    valuesOf e
    |> List.filter (fun (path, value) -> Map.tryFind path made <> Some value)
    |> List.map (fun value -> { Override = Set value; Giver = Giver.Hand })

/// The experiment that a changed record and further words describe, or all mistakes; `toRun`: it is to be run here.
let compose toRun words (e: Experiment) =
    let { Words = own; Mistakes = mistakes; Compose = compose } = e.Provenance

    match mistakes, compose toRun (own @ changes e @ words) with
    | [], composed -> composed
    | mistakes, Ok _ -> Error mistakes
    | mistakes, Error errors -> Error(List.distinct (mistakes @ errors))

/// As `compose`, where the record was changed since it was composed; else the experiment itself.
let settle (e: Experiment) =
    if e.Provenance.Mistakes.IsEmpty && e.Provenance.Made = Some e then
        Ok e
    else
        compose true [] e |> Result.map fst

/// The experiment with a mistake in its making, which is reported when it is checked.
let withMistakes mistakes (e: Experiment) = {
    e with
        Provenance = {
            e.Provenance with
                Mistakes = List.distinct (e.Provenance.Mistakes @ mistakes)
        }
}

/// The experiment with further words; without them where there is a mistake in them.
let add words (e: Experiment) =
    let mistakes = e.Provenance.Mistakes
    let right = { e with Provenance = { e.Provenance with Mistakes = [] } }

    match compose false words right with
    | Ok(edited, _) -> withMistakes mistakes edited
    | Error errors -> withMistakes (mistakes @ errors) e

let private read words =
    ExperimentSources.composeWords CheckedExperiment.standardRules false words

/// In the place of an experiment with mistakes.
let private mt10 () =
    match read [ "env=metaworld-mt10" ] with
    | Ok(e, _) -> e
    | Error mistakes -> invalidOp $"MT10 has mistakes: {mistakes}."

/// The experiment of a preset with further words; MT10 with a mistake where there is no such preset.
let preset name words =
    match read ($"preset={name}" :: words) with
    | Ok(e, _) -> e
    | Error mistakes -> withMistakes mistakes (mt10 ())

/// The experiment of words; where there are mistakes in them, with the values of MT10 until parts mend them.
let start words =
    match read words with
    | Ok(e, _) -> e
    | Error mistakes ->
        let e = withMistakes mistakes (mt10 ())
        let given, _ = ExperimentSources.parse [ for word in words -> Giver.Hand, word ]
        { e with Provenance = { e.Provenance with Words = given } }

/// The experiment with parts that its words may name; mistakes in words are judged anew.
let withParts added (e: Experiment) =
    let rules = CheckedExperiment.rulesWith added

    let isLasting =
        function
        | ConfigError.Malformed _ -> true
        | _ -> false

    add [] {
        e with
            Provenance = {
                e.Provenance with
                    Mistakes = List.filter isLasting e.Provenance.Mistakes
                    Compose = fun toRun words -> CheckedExperiment.compose rules toRun words []
            }
    }

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
