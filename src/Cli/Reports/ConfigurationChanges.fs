/// Differences between configurations, for reports.
///
/// Reading order: changed → commandOf; differences.
module MtrlFunctional.Cli.Reports.ConfigurationChanges

open System
open MtrlFunctional
open MtrlFunctional.Cli
open MtrlFunctional.Experiments
open MtrlFunctional.Cli.With

let private printed values = [ for key, value in values -> key, ValueText.print value ]

let private texts (e: Experiment) = printed (Experiment.values e)

/// Values that the experiment reads: it may refuse others.
let private textsRead (e: Experiment) =
    printed (Experiment.valuesRead (Given.additions ()) e)

/// The words that select the groups of an experiment.
let private groups (e: Experiment) = [
    let values = Map(texts e)

    for group in [ "setup"; "env"; "agent" ] do
        match Map.tryFind $"defaults.{group}" values with
        | Some word -> $"{group}={word}"
        | None -> ()

    if e.Choices.Fidelity <> Choices.standard.Fidelity then
        $"fidelity={Choices.nameOf Choices.fidelities e.Choices.Fidelity}"
]

/// Follows from `setup.save_dir`, or is a group.
let private isDerived (key: string) =
    key.EndsWith ".save_dir" && key <> "setup.save_dir"
    || key.EndsWith ".logger_dir"
    || key.EndsWith ".path_to_load_from"
    || key = "setup.setup"
    || key.StartsWith "defaults."

let private resolved e changes =
    match
        Experiment.resolveWith
            (Given.additions ())
            (groups e @ [ for key, value in changes -> $"{key}={value}" ])
    with
    | Error _ -> None
    | Ok(experiment, _) -> Some(textsRead experiment)

/// More changed keys are not examined for those that follow from others.
let private mostExamined = 80

/// Keys with values other than the defaults of the experiment's groups, without those that follow from the
/// others, such as a folder from the name.
let changed (e: Experiment) =
    let wanted = textsRead e

    let without key changes =
        let rest = changes |> List.filter (fst >> (<>) key)
        if resolved e rest = Some wanted then rest else changes

    match resolved e [] with
    | None -> []
    | Some standard ->
        let standard = Map standard

        let different =
            wanted
            |> List.filter (fun (key, value) ->
                not (isDerived key) && Map.tryFind key standard <> Some value)

        different
        |> List.truncate mostExamined
        |> List.fold (fun changes (key, _) -> without key changes) different

/// The command that trains an experiment anew, from its changed keys.
let commandOf changes (e: Experiment) =
    Launcher.commandWithParts (
        "train" :: groups e @ [ for key, value in changes -> $"{key}={value}" ]
    )

/// The command that trains an experiment anew.
let trainCommand e = commandOf (changed e) e

/// Keys of which only the place of a run, or of its replay, depends, not its results.
let isPlace (key: string) =
    key.StartsWith "setup." && key <> "setup.precision"
    || key = "replay_buffer.backing"

/// Whether the results of an experiment depend on a key by itself.
let private isSetting key = not (isDerived key || isPlace key)

/// All words on which the results of an experiment depend: its groups, and every key that it reads.
let settings (e: Experiment) = [
    yield! groups e

    for key, value in textsRead e do
        if isSetting key then
            $"{key}={value}"
]

/// Keys with different values in some experiments, of those that they read: heads of columns, and a line for each key.
let differences (experiments: (string * Experiment) list) =
    let read = experiments |> List.map (snd >> textsRead)
    let all = read |> List.map Map
    let keys = read |> List.collect (List.map fst) |> List.distinct

    let values key =
        all |> List.map (Map.tryFind key >> Option.defaultValue "–")

    "key" :: List.map fst experiments,
    [
        for key in keys do
            if isSetting key then
                match values key with
                | values when (List.distinct values).Length > 1 -> key :: values
                | _ -> ()
    ]
