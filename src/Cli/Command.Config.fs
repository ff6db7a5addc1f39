/// `mtrl config KEY=VALUE…`: what the words of a run resolve to, as YAML.
module Mtrl.Cli.ConfigCommand

open Argu
open MtrlFunctional
open Mtrl.Experiments

type Options =
    | [<MainCommand>] Overrides of word: string list
    | Keys
    | Differences

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Overrides _ -> "key=value words, as for train"
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

let private run (options: ParseResults<Options>) =
    if options.Contains Keys then
        printf $"{Reference.markdown}"
        ExitCode.Done
    elif options.Contains Differences then
        printf $"{DifferencesPage.markdown}"
        ExitCode.Done
    else
        show (options.TryGetResult Overrides |> Option.defaultValue [])

let command =
    let plain =
        Command.define
            "config"
            "Prints what the words of a run resolve to."
            [
                "mtrl config env=metaworld-mt10 agent=state_sac agent.actor.hidden_dim=400"
                "mtrl config --keys"
            ]
            run

    // The papers' commands begin with a launcher, whose -u is no option of ours.
    { plain with Run = Overrides.dropLauncher >> plain.Run }
