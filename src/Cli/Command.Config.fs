/// `mtrl config KEY=VALUE…`: what the words of a run resolve to, as YAML.
module Mtrl.Cli.ConfigCommand

open System.IO
open Argu
open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Training
open Mtrl.Algorithms
open Mtrl.Experiments
open Mtrl.Networks

type Options =
    | [<MainCommand>] Overrides of word: string list
    | Network
    | Svg of file: string
    | Presets
    | Keys
    | Differences

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Overrides _ -> "key=value words, as for train"
            | Network -> "print the network as a diagram, and all its parameters"
            | Svg _ -> "write the diagram of the network to a file"
            | Presets -> "print the names of all presets and their words"
            | Keys -> "print the table of all keys as Markdown"
            | Differences -> "print what fidelity=original and fidelity=corrected mean"

/// The configuration goes to standard output, all remarks to standard error.
let private show words =
    match Experiment.read words with
    | Error mistakes -> Command.mistakes "config" (List.map string mistakes)
    | Ok(experiment, warnings) ->
        printf $"{Experiment.render experiment}"
        warnings |> List.iter (fun warning -> eprintfn $"warning: {warning}")

        Available.missing experiment
        |> List.iter (fun absent -> eprintfn $"cannot be trained: {absent}")

        ExitCode.Done

/// The agent that the words resolve to, for Meta-World's observations.
let private agentOf (experiment: Experiment) =
    match Available.missing experiment with
    | [] ->
        let known = TaskEmbeddings.Of experiment

        SacSetup.ofExperiment
            MtrlFunctional.Tensors.Precision.Full
            known
            MetaWorldEnvironment.ObservationSize
            MetaWorldEnvironment.ActionSize
            experiment
        |> SacAgent.create (Shards.serial 1)
        |> Ok
    | absent -> Error(List.map string absent)

let private draw (svg: string option) words =
    match Experiment.read words |> Result.mapError (List.map string) with
    | Error mistakes -> Command.mistakes "config" mistakes
    | Ok(experiment, _) ->
        match agentOf experiment with
        | Error mistakes -> Command.mistakes "config" mistakes
        | Ok agent ->
            let columns = SacDrawing.columns agent

            match svg with
            | Some file -> File.WriteAllText(Command.checkedFile "--svg" file, Drawing.svg columns)
            | None -> printf $"{Drawing.text columns}\n{SacDrawing.table agent}"

            ExitCode.Done

let private run (options: ParseResults<Options>) =
    if options.Contains Presets then
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
    elif options.Contains Network || options.Contains Svg then
        options.TryGetResult Overrides
        |> Option.defaultValue []
        |> draw (options.TryGetResult Svg)
    else
        show (options.TryGetResult Overrides |> Option.defaultValue [])

let command =
    let plain =
        Command.define
            "config"
            "Prints what the words of a run resolve to."
            [
                "mtrl config env=metaworld-mt10 agent=state_sac agent.actor.hidden_dim=400"
                "mtrl config --network env=metaworld-mt10 agent=state_sac agent.multitask.should_use_pal=True"
                "mtrl config preset=ptsl/care-ptsl-3-hidden-mt10"
                "mtrl config --keys"
            ]
            run

    // The papers' commands begin with a launcher, whose -u is no option of ours.
    { plain with Run = Overrides.dropLauncher >> plain.Run }
