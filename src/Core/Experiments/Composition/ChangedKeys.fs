/// The words of an experiment, without what follows from other words; and experiments that begin with them.
///
/// Reading order: words → changed → revise.
module MtrlFunctional.Experiments.ChangedKeys

/// Values that the experiment reads, as text: it may refuse others.
let textsRead added (e: Experiment) = [
    for key, value in Experiment.valuesRead added e -> key, ValueText.print value
]

/// The words that select the groups of an experiment.
let groups (e: Experiment) = [
    for group, word in Choices.words e.Choices do
        if group <> "fidelity" || e.Choices.Fidelity <> Choices.standard.Fidelity then
            $"{group}={ValueText.print (Value.Text word)}"
]

/// Whether a key follows from the folders of an experiment, or is a group.
let isDerived (e: Experiment) (key: string) =
    let usualPath = TaskEncoder.usualPath e.Setup.BasePath e.Environment.Name

    key.EndsWith ".save_dir" && key <> "setup.save_dir"
    || key.EndsWith ".logger_dir"
    || key.EndsWith ".path_to_load_from"
       && e.Agent.Multitask.TaskEncoder.PretrainedPath = usualPath
    || key = "setup.setup"
    || key.StartsWith "defaults."

/// The words of an experiment with these changed keys.
let words (e: Experiment) changes =
    groups e @ [ for key, value in changes -> $"{key}={value}" ]

let private resolved added e changes =
    match Experiment.resolveWith added (words e changes) with
    | Error _ -> None
    | Ok(experiment, _) -> Some(textsRead added experiment)

/// More changed keys are not examined for those that follow from others.
let private mostExamined = 80

/// Keys with values other than the defaults of the experiment's groups, without those that follow from the others, such as a
/// folder from the name. All keys where the groups alone make no experiment; none where these make none, either.
let changed added (e: Experiment) =
    let wanted = textsRead added e
    let isMadeBy changes = resolved added e changes = Some wanted

    let without key changes =
        let rest = changes |> List.filter (fst >> (<>) key)
        if isMadeBy rest then rest else changes

    let own = wanted |> List.filter (fst >> isDerived e >> not)

    match resolved added e [] with
    | None when isMadeBy own -> own
    | None -> []
    | Some standard ->
        let standard = Map standard

        let different =
            own |> List.filter (fun (key, value) -> Map.tryFind key standard <> Some value)

        different
        |> List.truncate mostExamined
        |> List.fold (fun changes (key, _) -> without key changes) different

/// Where a run writes: not part of what another run takes over.
let private locations = [ "setup.name"; "setup.base_path"; "setup.save_dir" ]

/// The experiment of a YAML text in a folder of its own, changed by words, which what follows from them follows; it can be run
/// here. Both may name the additions.
[<CompiledName("Revise")>]
let internal revise
    (added: Additions)
    (text: string)
    (given: string list)
    : Result<Experiment * Warning list, ConfigError list> =
    let begun (stored: Experiment) = [
        let kept =
            changed added stored
            |> List.filter (fun (key, _) -> not (List.contains key locations))

        for word in words stored kept -> Giver.Stored, word
    ]

    match Experiment.loadWith added text, Additions.expand added given with
    | Error mistakes, _ -> Error mistakes
    | Ok _, (_, (_ :: _ as unknown)) -> Error unknown
    | Ok stored, (expanded, []) ->
        begun stored @ expanded
        |> ExperimentSources.parse
        ||> CheckedExperiment.compose (Table.create added) true
