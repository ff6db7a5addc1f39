/// `mtrl jobs`: the runs of submitted sweeps with their states.
module MtrlFunctional.Cli.Commands.JobsCommand

open Argu
open MtrlFunctional
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Cluster
open MtrlFunctional.Cli.Tables
open MtrlFunctional.Cli.Training

type Options =
    | [<MainCommand>] Sweeps of folder: string list

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Sweeps _ -> "names or folders of sweeps, or folders of several (default: runs)"

/// Prints the runs of the sweep in a folder; one that cannot be read does not hide the others.
let private show queue folder =
    try
        let rows = SubmittedSweep.sweepIn folder |> SubmittedSweep.rows queue
        printf $"{SweepTable.text folder rows}"
        ExitCode.Done
    with :? MtrlException as e ->
        TrainingSession.notice e.Message
        ExitCode.Failed

let private run (options: ParseResults<Options>) =
    let folders =
        match List.concat (options.GetResults Sweeps) with
        | [] -> SubmittedSweep.named None
        | names -> names |> List.collect (Some >> SubmittedSweep.named)

    let queue = SubmittedSweep.queue ()
    folders |> List.map (show queue) |> List.max

let command =
    Command.define
        "jobs"
        "Shows the runs of submitted sweeps: queued, running, finished, failed."
        [ "mtrl jobs"; "mtrl jobs fast-mt50" ]
        run
    |> Command.completingBesideFiles SubmittedSweep.names
