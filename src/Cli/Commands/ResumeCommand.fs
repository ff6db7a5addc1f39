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
    | Detach

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Run _ ->
                "folder of a run, e.g. runs/quickstart/seed-1; with --from, changes of the configuration, key=value"
            | From _ ->
                "start a new run with the configuration and the actor of a policy: a file, or policy:mt10"
            | Plain -> "print log lines instead of the live display"
            | Detach -> "train on after the terminal or the reader of the output is closed"

/// A checkpoint fits only the configuration of its run, so overrides are errors.
let private refusal (word: string) =
    if word.Contains '=' then
        $"{word}: a resumed run keeps its configuration and takes no overrides. Start another run with 'mtrl train' and another setup.name."
    else
        $"{word}: only one run can be resumed at a time."

let private resume console (words: string list) =
    match words with
    | [] -> Command.reportErrors "resume" [ "name the folder of a run." ]
    | [ folder ] ->
        use training = TrainingRun.Resume(folder, TrainingSession.notice)
        TrainingSession.run console training
    | words -> words |> List.skip 1 |> List.map refusal |> Command.reportErrors "resume"

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
        new TrainingConsole { Plain = options.Contains Plain; Detach = options.Contains Detach }

    match options.TryGetResult From with
    | None -> resume console words
    | Some policy -> startFrom console policy words

let command =
    Command.define
        "resume"
        "Continues a run from its newest complete checkpoint, or trains a policy further."
        [
            "mtrl resume runs/quickstart/seed-1"
            "mtrl resume --from policy:mt10 setup.name=more experiment.num_train_steps=100000"
        ]
        run
