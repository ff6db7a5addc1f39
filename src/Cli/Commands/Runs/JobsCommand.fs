/// `mtrl jobs`: the runs of submitted sweeps and searches with their states.
module MtrlFunctional.Cli.Commands.JobsCommand

open System.IO
open Argu
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Cluster
open MtrlFunctional.Cli.Tables
open MtrlFunctional.Cli.Training
open MtrlFunctional.Cli.Tuning

type Options =
    | [<MainCommand>] Sweeps of folder: string list

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Sweeps _ ->
                "names or folders of sweeps and searches, or folders of several (default: runs)"

/// Names of arrays' files, and what the words in each plan.
let private plans = [ JobArray.ofSweep, ScriptRuns.plan; JobArray.ofSearch, TuneOptions.plan ]

let private kinds = List.map fst plans

/// Prints the runs of an array's file; one that cannot be read does not hide the others.
let private show queue (file: string) =
    let plan = plans |> List.find (fun (kind, _) -> file.EndsWith kind) |> snd

    try
        let rows = SubmittedSweep.read plan file |> SubmittedSweep.rows queue
        printf $"{SweepTable.text (SubmittedSweep.folder file) rows}"
        ExitCode.Done
    with :? MtrlException as e ->
        TrainingSession.notice e.Message
        ExitCode.Failed

let private run (options: ParseResults<Options>) =
    let files =
        match List.concat (options.GetResults Sweeps) with
        | [] -> SubmittedSweep.named kinds None
        | names -> names |> List.collect (Some >> SubmittedSweep.named kinds)

    let queue = SubmittedSweep.queue ()
    files |> List.map (show queue) |> List.max

let command =
    Command.define
        "jobs"
        "Shows the runs of submitted sweeps and searches: queued, running, finished, failed."
        [ "mtrl jobs"; "mtrl jobs fast-mt50" ]
        run
    |> Command.completingBesideFiles (SubmittedSweep.names kinds)
