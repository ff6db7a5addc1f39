/// Runs a sweep: one run after the other, each in its folder. What is finished stays as it is and
/// what was interrupted goes on, so the same command again is the way to resume.
module Mtrl.Cli.Training.SweepRuns

open MtrlFunctional
open MtrlFunctional.Storage
open Mtrl.Experiments
open Mtrl.Cli
open Mtrl.Cli.Display
open Mtrl.Cli.Results
open Mtrl.Cli.Tables
open Mtrl.Cli.Tables.SweepRow
open Mtrl.Cli.Training.SweepStatus

/// Writes the tables of the rows into the folder that they lie in; returns their paths.
let private writeIndex (rows: Row list) = [
    for root, rows in rows |> List.groupBy (fun row -> rootOf row.Run) do
        ReportFiles.write (RunFolder root) (SweepTable.pages rows)
        $"{root}/{SweepTable.main}"
]

/// Why nothing can be started.
let private obstacles (rows: Row list) = [
    for row in rows do
        match row.State with
        | Foreign step ->
            let folder = (folderOf row.Run).Path

            $"{folder}: holds a run of another configuration (step {Format.count step}). "
            + "Choose another setup.name, or remove the folder."
        | _ -> ()
]

/// One run: its exit code, or why it failed.
let private conduct plain (run: SweptRun) =
    try
        Ok(TrainingSession.train TrainingSession.notice plain run.Experiment)
    with :? MtrlException as e ->
        Error e.Message

/// Runs what is not finished, until one is asked to stop; a run that fails does not keep the
/// others from running. Returns the rows, the last exit code, and what failed.
let private conductAll plain (rows: Row list) =
    let run (rows: Row list, code, failures) (number, row: Row) =
        let title = $"{number + 1} of {rows.Length}: {nameOf row.Run}"

        if code <> ExitCode.Done then
            rows, code, failures
        elif row.State = Finished then
            TrainingSession.notice $"{title}: is finished."
            rows, code, failures
        else
            TrainingSession.notice $"{title}"
            let ended = conduct plain row.Run
            let rows = rows |> List.updateAt number (look row.Run)
            writeIndex rows |> ignore

            match ended with
            | Ok code -> rows, code, failures
            | Error why ->
                TrainingSession.notice why
                rows, code, failures @ [ $"{nameOf row.Run}: {why}" ]

    List.indexed rows |> List.fold run (rows, ExitCode.Done, [])

/// Runs every combination of the words.
let run name plain words =
    match Sweep.plan words with
    | Error mistakes -> Command.reportErrors name (List.map string mistakes)
    | Ok(runs, warnings) ->
        let rows = List.map look runs

        match obstacles rows with
        | [] ->
            warnings |> List.iter (string >> TrainingSession.notice)
            let rows, code, failures = conductAll plain rows
            printf $"{SweepTable.text rows}"
            failures |> List.iter (printfn "  failed: %s")

            for file in writeIndex rows do
                printfn $"table: {file}"

            if code <> ExitCode.Done then
                printfn "Stopped. The same command goes on from here."

            if code = ExitCode.Done && failures <> [] then
                ExitCode.Stopped
            else
                code
        | obstacles -> Command.reportErrors name obstacles

/// Lists the runs of a sweep and how they stand, and starts nothing.
let list name words =
    match Sweep.plan words with
    | Error mistakes -> Command.reportErrors name (List.map string mistakes)
    | Ok(runs, warnings) ->
        printfn $"{runs.Length} runs"

        for run in runs do
            let picked = run.Job.Picked |> List.map (fun (key, value) -> $"{key}={value}")

            printfn
                $"""{(folderOf run).Path}  ({inWords (state run)}): {String.concat " " picked}"""

        warnings |> List.iter (fun warning -> eprintfn $"warning: {warning}")
        ExitCode.Done
