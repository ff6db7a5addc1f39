/// `mtrl resume RUN`: goes on from the newest whole checkpoint.
module Mtrl.Cli.ResumeCommand

open Argu
open MtrlFunctional.Training
open Mtrl.Cli.Training

type Options =
    | [<MainCommand; Mandatory>] Run of folder: string
    | Plain

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Run _ -> "folder of the run, e.g. runs/quickstart/seed-1"
            | Plain -> "log lines instead of the live display"

let private run (options: ParseResults<Options>) =
    use training = TrainingRun.Resume(options.GetResult Run, Conduct.notice)
    Conduct.run (options.Contains Plain) training

let command =
    Command.define
        "resume"
        "Goes on with a run from its newest whole checkpoint."
        [ "mtrl resume runs/quickstart/seed-1" ]
        run
