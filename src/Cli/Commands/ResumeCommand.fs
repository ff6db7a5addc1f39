/// `mtrl resume RUN`: goes on from the newest whole checkpoint.
module Mtrl.Cli.Commands.ResumeCommand

open Argu
open MtrlFunctional.Training
open Mtrl.Cli
open Mtrl.Cli.Training

type Options =
    | [<MainCommand; Mandatory>] Run of folder: string list
    | Plain

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Run _ -> "folder of the run, e.g. runs/quickstart/seed-1"
            | Plain -> "log lines instead of the live display"

/// A run goes on as it was configured: its checkpoint fits no other configuration.
let private refused (word: string) =
    if word.Contains '=' then
        $"{word}: a run goes on with its own configuration and takes no overrides. 'mtrl train' starts another run, with a setup.name of its own."
    else
        $"{word}: one run at a time."

let private run (options: ParseResults<Options>) =
    match options.GetResult Run with
    | [ folder ] ->
        use training = TrainingRun.Resume(folder, TrainingSession.notice)
        TrainingSession.run (options.Contains Plain) training
    | words -> words |> List.skip 1 |> List.map refused |> Command.reportErrors "resume"

let command =
    Command.define
        "resume"
        "Goes on with a run from its newest whole checkpoint."
        [ "mtrl resume runs/quickstart/seed-1" ]
        run
