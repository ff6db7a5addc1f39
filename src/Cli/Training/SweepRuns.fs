/// Runs a sweep: one run after the other, each in its folder. Finished runs are skipped and
/// interrupted ones continue, so repeating the command resumes the sweep.
module MtrlFunctional.Cli.Training.SweepRuns

open System.IO
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Training
open MtrlFunctional.Experiments
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Tables
open MtrlFunctional.Cli.Tables.SweepRow
open MtrlFunctional.Cli.Training.SweepStatus

/// Writes the table of all rows into the folder of an experiment; returns the paths. The folder does not exist before a run
/// of the experiment starts. The sweep goes on without a table.
let private writeIndex (rows: Row list) root = [
    try
        if Directory.Exists root then
            ReportFiles.write (RunFolder root) (SweepTable.pages root rows)
            $"{root}/{SweepTable.main}"
    with :? MtrlException as e ->
        TrainingSession.notice e.Message
]

let private roots (rows: Row list) =
    rows |> List.map (_.Run >> Sweep.rootOf) |> List.distinct

/// Trains the unfinished runs; returns the rows, the exit code, and the failures.
let private trainAll console (rows: Row list) =
    let after rows index =
        let rows =
            rows
            |> List.mapi (fun i row -> if i = index then SweepStatus.row row.Run else row)

        writeIndex rows (Sweep.rootOf rows[index].Run) |> ignore
        rows

    let place = placeOf [ for row in rows -> row.Run ]

    rows
    |> List.map (fun row -> {
        RunSeries.SeriesRun.Name = nameIn place row.Run
        RunSeries.SeriesRun.IsFinished = (row.State = Finished)
        RunSeries.SeriesRun.Experiment = row.Run.Experiment
    })
    |> RunSeries.train TrainingSession.notice console after rows

/// Trains every combination of the overrides.
let run (console: TrainingConsole) name words =
    match Sweep.plan words with
    | Error mistakes -> Command.reportErrors name (List.map string mistakes)
    | Ok(runs, warnings) ->
        match obstacles runs with
        | [] ->
            let rows = List.map SweepStatus.row runs
            warnings |> List.iter (string >> TrainingSession.notice)
            let rows, code, failures = trainAll console rows
            printf $"{SweepTable.text rows}"
            failures |> List.iter (printfn "  failed: %s")

            for file in roots rows |> List.collect (writeIndex rows) do
                printfn $"table: {file}"

            if code <> ExitCode.Done then
                printfn "Stopped. Repeat the same command to continue."

            if code = ExitCode.Done && failures <> [] then
                ExitCode.Stopped
            else
                code
        | obstacles -> Command.reportErrors name obstacles

/// Lists the runs of a sweep with their states; starts nothing.
let list name words =
    match Sweep.plan words with
    | Error mistakes -> Command.reportErrors name (List.map string mistakes)
    | Ok(runs, warnings) ->
        printfn $"""{Format.plural runs.Length "run"}"""

        for run in runs do
            let picked = run.Job.Picked |> List.map (fun (key, value) -> $"{key}={value}")

            printfn
                $"""{(folderOf run).Path}  ({describe (state run)}): {String.concat " " picked}"""

        warnings |> List.iter (fun warning -> eprintfn $"warning: {warning}")
        ExitCode.Done
