/// `mtrl resume RUN`: continues a run from its newest complete checkpoint.
module MtrlFunctional.Cli.Commands.ResumeCommand

open Argu
open MtrlFunctional.Experiments
open MtrlFunctional.Training
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Training

type Options =
    | [<MainCommand; Mandatory>] Run of folder: string list
    | Plain
    | Detach

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Run _ ->
                "folder of a run, e.g. runs/quickstart/seed-1; experiment.num_train_steps=N behind it makes the run longer"
            | Plain -> "print log lines instead of the live display"
            | Detach -> "train on after the terminal or the reader of the output is closed"

/// The only key that may change: a checkpoint fits only the configuration of its run.
let private stepsKey = "experiment.num_train_steps"

/// The number of steps in a word behind the folder, or why the word is wrong.
let private steps (word: string) =
    match Overrides.parse word with
    | Ok(Set(key, Value.Int steps)) when key = stepsKey && 1L <= steps && steps <= 2_000_000_000L ->
        Ok(int steps)
    | Ok(Set(key, _)) when key = stepsKey ->
        Error $"{word}: must be a whole number from 1 to 2,000,000,000."
    | _ when word.Contains '=' ->
        Error
            $"{word}: a resumed run keeps its configuration, but for {stepsKey}. Start another run with 'mtrl train' and another setup.name."
    | _ -> Error $"{word}: only one run can be resumed at a time."

let private run (options: ParseResults<Options>) =
    let resume folder steps =
        use console =
            new TrainingConsole { Plain = options.Contains Plain; Detach = options.Contains Detach }

        use training =
            TrainingRun.Resume(folder, TrainingSession.notice, Option.toNullable steps)

        TrainingSession.run console training

    let folder, words =
        List.head (options.GetResult Run), List.tail (options.GetResult Run)

    match words |> List.map steps with
    | [] -> resume folder None
    | [ Ok steps ] -> resume folder (Some steps)
    | results ->
        results
        |> List.choose (function
            | Error message -> Some message
            | Ok _ -> None)
        |> function
            | [] -> [ $"{stepsKey}: is given twice." ]
            | messages -> messages
        |> Command.reportErrors "resume"

let command =
    Command.define
        "resume"
        "Continues a run from its newest complete checkpoint."
        [
            "mtrl resume runs/quickstart/seed-1"
            "mtrl resume runs/quickstart/seed-1 experiment.num_train_steps=120000"
        ]
        run
