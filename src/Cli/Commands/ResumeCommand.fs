/// `mtrl resume RUN`: continues a run from its newest complete checkpoint.
module MtrlFunctional.Cli.Commands.ResumeCommand

open Argu
open MtrlFunctional.Training
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Training

type Options =
    | [<MainCommand; Mandatory>] Run of folder: string list
    | Plain
    | Paper_Lines
    | Detach

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Run _ -> "folder of a run, e.g. runs/quickstart/seed-1"
            | Plain -> "print a readable line every ten seconds instead of the live display"
            | Paper_Lines -> "print the lines of train.log, in the format of the papers' program"
            | Detach -> "train on after the terminal or the reader of the output is closed"

/// A checkpoint fits only the configuration of its run, so overrides are errors.
let private refusal (word: string) =
    if word.Contains '=' then
        $"{word}: a resumed run keeps its configuration and takes no overrides. Start another run with 'mtrl train' and another setup.name."
    else
        $"{word}: only one run can be resumed at a time."

let private run (options: ParseResults<Options>) =
    match options.GetResult Run with
    | [ folder ] ->
        use console =
            new TrainingConsole {
                Plain = options.Contains Plain
                PaperLines = options.Contains Paper_Lines
                Detach = options.Contains Detach
            }

        use training = TrainingRun.Resume(folder, TrainingSession.notice)
        TrainingSession.run console training
    | words -> words |> List.skip 1 |> List.map refusal |> Command.reportErrors "resume"

let command =
    Command.define
        "resume"
        "Continues a run from its newest complete checkpoint."
        [ "mtrl resume runs/quickstart/seed-1" ]
        run
