/// `mtrl resume RUN`: continues a run from its newest complete checkpoint; `--from FILE`: starts another from a policy.
module MtrlFunctional.Cli.Commands.ResumeCommand

open Argu
open MtrlFunctional.Experiments
open MtrlFunctional.Policies
open MtrlFunctional.Training
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Training

type Options =
    | [<MainCommand>] Run of folder: string list
    | From of policy: string
    | Plain
    | Paper_Lines
    | Detach

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Run _ ->
                "folder of a run, e.g. runs/quickstart/seed-1; experiment.num_train_steps=N behind it makes the run longer. With --from, changes of the configuration, key=value"
            | From _ ->
                "start a new run with the configuration and the actor of a policy: a file, or policy:mt10"
            | Plain -> "print a readable line every ten seconds instead of the live display"
            | Paper_Lines -> "print the lines of train.log, in the format of the papers' program"
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

let private continueRun console folder steps =
    use training =
        TrainingRun.Resume(folder, TrainingSession.notice, Option.toNullable steps)

    TrainingSession.run console training

let private resume console (words: string list) =
    match words with
    | [] -> Command.reportErrors "resume" [ "name the folder of a run." ]
    | folder :: words ->
        match words |> List.map steps with
        | [] -> continueRun console folder None
        | [ Ok steps ] -> continueRun console folder (Some steps)
        | results ->
            results
            |> List.choose (function
                | Error message -> Some message
                | Ok _ -> None)
            |> function
                | [] -> [ $"{stepsKey}: is given twice." ]
                | messages -> messages
            |> Command.reportErrors "resume"

/// A new run: optimiser states and critics are not part of a policy.
let private startFrom console policy changes =
    let config = RunEvaluation.ExperimentOf policy |> Experiment.render
    let name = $"setup.name=from-{PolicySource.ShortName policy}"

    match Experiment.revise config (name :: changes @ [ $"agent.start='{policy}'" ]) with
    | Error mistakes -> Command.reportErrors "resume" (List.map string mistakes)
    | Ok(experiment, warnings) ->
        warnings |> List.iter (string >> TrainingSession.notice)
        TrainingSession.train TrainingSession.notice console experiment

let private run (options: ParseResults<Options>) =
    let words = options.GetResults Run |> List.concat

    use console =
        new TrainingConsole {
            Plain = options.Contains Plain
            PaperLines = options.Contains Paper_Lines
            Detach = options.Contains Detach
        }

    match options.TryGetResult From with
    | None -> resume console words
    | Some policy -> startFrom console policy words

let command =
    Command.define
        "resume"
        "Continues a run from its newest complete checkpoint, or trains a policy further."
        [
            "mtrl resume runs/quickstart/seed-1"
            "mtrl resume runs/quickstart/seed-1 experiment.num_train_steps=120000"
            "mtrl resume --from policy:mt10 setup.name=more experiment.num_train_steps=100000"
        ]
        run
