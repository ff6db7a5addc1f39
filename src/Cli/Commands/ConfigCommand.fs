/// `mtrl config KEY=VALUE…`: what the words of a run resolve to, as YAML, and where each value comes
/// from.
module Mtrl.Cli.Commands.ConfigCommand

open System.IO
open Argu
open MtrlFunctional
open MtrlFunctional.Training
open Mtrl.Algorithms
open Mtrl.Experiments
open Mtrl.Networks
open Mtrl.Tasks.MetaWorld
open Mtrl.Cli
open Mtrl.Cli.Training

type Options =
    | [<MainCommand>] Overrides of word: string list
    | Network
    | Svg of file: string
    | Presets
    | Keys
    | Differences
    | [<AltCommandLine("-m")>] Multirun

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Overrides _ -> "key=value words, as for train"
            | Network -> "print the network as a diagram, and all its parameters"
            | Svg _ -> "write the diagram of the network to a file"
            | Presets -> "print the names of all presets and their words"
            | Keys -> "print the table of all keys as Markdown"
            | Multirun -> "list the runs of a sweep and how they stand"
            | Differences -> "print what fidelity=original and fidelity=corrected mean"

let private remark warnings =
    warnings |> List.iter (fun warning -> eprintfn $"warning: {warning}")

/// The configuration goes to standard output, all remarks to standard error.
let private show words =
    match Experiment.read words with
    | Error mistakes -> Command.reportErrors "config" (List.map string mistakes)
    | Ok(experiment, warnings) ->
        printf $"{Experiment.renderWith (Experiment.origins words) experiment}"
        remark warnings

        Available.missing experiment
        |> List.iter (fun absent -> eprintfn $"cannot be trained: {absent}")

        ExitCode.Done

/// The networks that the words resolve to, for Meta-World's observations: diagram and table.
let private networksOf (experiment: Experiment) =
    match Available.missing experiment with
    | [] ->
        let agent =
            experiment
            |> Catalogue.create {
                Environment = Spaces.spec experiment.Environment.Horizon
                Precision = MtrlFunctional.Tensors.Precision.Full
                Shards = Shards.serial 1
                KnownTasks = TaskEmbeddings.Of experiment
            }

        Ok(agent.Description.Diagram.Value, agent.Description.ParameterTable.Value)
    | absent -> Error(List.map string absent)

/// Prints the diagram where it is wished for; writes it to a file, which is named last.
let private draw isPrinted (svg: string option) words =
    let svg = svg |> Option.map (Command.checkedFile "--svg")

    match Experiment.read words |> Result.mapError (List.map string) with
    | Error mistakes -> Command.reportErrors "config" mistakes
    | Ok(experiment, warnings) ->
        remark warnings

        match networksOf experiment with
        | Error mistakes -> Command.reportErrors "config" mistakes
        | Ok(columns, table) ->
            if isPrinted then
                printf $"{Drawing.text columns}\n{table}"

            for file in Option.toList svg do
                File.WriteAllText(file, Drawing.svg columns)
                printfn $"{file}"

            ExitCode.Done

/// The options that each print something else; the network and its file are one.
let private modes (options: ParseResults<Options>) = [
    if options.Contains Presets then
        "--presets"
    if options.Contains Keys then
        "--keys"
    if options.Contains Differences then
        "--differences"
    if options.Contains Multirun then
        "--multirun"
    if options.Contains Network then
        "--network"
    elif options.Contains Svg then
        "--svg"
]

let private run (options: ParseResults<Options>) =
    let modes = modes options
    // Options may stand between the words.
    let words = options.GetResults Overrides |> List.concat

    if modes.Length > 1 then
        let together = String.concat " and " modes
        Command.reportErrors "config" [ $"{together}: each prints something else; choose one." ]
    elif options.Contains Presets then
        for name, words in Mtrl.Experiments.Presets.all do
            let words = String.concat " " words
            printfn $"preset={name}\n    {words}"

        ExitCode.Done
    elif options.Contains Keys then
        printf $"{Reference.markdown}"
        ExitCode.Done
    elif options.Contains Differences then
        printf $"{DifferencesPage.markdown}"
        ExitCode.Done
    elif options.Contains Multirun then
        SweepRuns.list "config" words
    elif options.Contains Network || options.Contains Svg then
        draw (options.Contains Network) (options.TryGetResult Svg) words
    else
        show words

let command =
    let plain =
        Command.define
            "config"
            "Prints what the words of a run resolve to, and where each value comes from."
            [
                "mtrl config env=metaworld-mt10 agent=state_sac agent.actor.hidden_dim=400"
                "mtrl config --network env=metaworld-mt10 agent=state_sac agent.multitask.should_use_pal=True"
                "mtrl config preset=ptsl/care-ptsl-3-hidden-mt10"
                "mtrl config -m preset=ptsl/care-mt10 agent.actor.hidden_dim=200,400 setup.seed_ref='range(1,4)'"
                "mtrl config --keys"
            ]
            run

    // The papers' commands begin with a launcher, whose -u is no option of ours.
    { plain with Run = Overrides.dropLauncher >> plain.Run }
