/// Differences between configurations, for reports.
///
/// Reading order: changed → commandOf; differences.
module MtrlFunctional.Cli.Reports.ConfigurationChanges

open MtrlFunctional.Cli
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics
open MtrlFunctional.Cli.With

let private textsRead e =
    ChangedKeys.textsRead (Given.additions ()) e

/// Keys that the words of an experiment have to name, with their values.
let changed e =
    ChangedKeys.changed (Given.additions ()) e

/// The command that trains an experiment anew, from its changed keys.
let commandOf changes e =
    Launcher.commandWithParts ("train" :: ChangedKeys.words e changes)

/// The command that trains an experiment anew.
let trainCommand e = commandOf (changed e) e

/// Keys of which only the place of a run, or of its replay, depends, not its results.
let isPlace (key: string) =
    key.StartsWith "setup." && key <> "setup.precision"
    || key = "replay_buffer.backing"

/// Whether the results of an experiment depend on a key by itself.
let private isSetting e key =
    not (ChangedKeys.isDerived e key || isPlace key)

/// All words on which the results of an experiment depend: its groups, and every key that it reads.
let settings (e: Experiment) = [
    yield! ChangedKeys.groups e

    for key, value in textsRead e do
        if isSetting e key then
            $"{key}={value}"
]

/// A line for each key with different values in some experiments, of those that they read.
let differences (experiments: (string * Experiment) list) : Grid =
    let read = experiments |> List.map (snd >> textsRead)
    let all = read |> List.map Map
    let keys = read |> List.collect (List.map fst) |> List.distinct

    let values key =
        all |> List.map (Map.tryFind key >> Option.defaultValue "–")

    {
        Headings = "key" :: List.map fst experiments
        Lines = [
            for key in keys do
                if experiments |> List.exists (fun (_, e) -> isSetting e key) then
                    match values key with
                    | values when (List.distinct values).Length > 1 -> key :: values
                    | _ -> ()
        ]
    }
