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
open MtrlFunctional.Cli.With
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
    rows |> List.map (_.Run >> rootOf) |> List.distinct

/// Errors that prevent the sweep from starting.
let private obstacles (rows: Row list) = [
    for row in rows do
        match row.State with
        | OtherConfiguration step ->
            let folder = (folderOf row.Run).Path

            let differences = RunStatuses.Differences(row.Run.Experiment, Given.extensions ())

            $"{folder}: holds a run of another configuration (step {Format.count step}){differences}. "
            + "Choose another setup.name, or remove the folder."
        | _ -> ()
]

/// Trains the unfinished runs; returns the rows, the exit code, and the failures.
let private trainAll console (rows: Row list) =
    let after rows index =
        let rows =
            rows
            |> List.mapi (fun i row -> if i = index then SweepStatus.row row.Run else row)

        writeIndex rows (rootOf rows[index].Run) |> ignore
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
    match Given.sweep words with
    | Error mistakes -> Command.reportErrors name mistakes
    | Ok sweep ->
        let rows = sweep.Runs |> Seq.map SweepStatus.row |> List.ofSeq

        match obstacles rows with
        | [] ->
            sweep.Warnings |> Seq.iter TrainingSession.notice
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
    match Given.sweep words with
    | Error mistakes -> Command.reportErrors name mistakes
    | Ok sweep ->
        printfn $"""{Format.plural sweep.Runs.Count "run"}"""

        for run in sweep.Runs do
            let picked = run.Job.Picked |> List.map (fun (key, value) -> $"{key}={value}")

            printfn
                $"""{(folderOf run).Path}  ({describe (state run)}): {String.concat " " picked}"""

        sweep.Warnings |> Seq.iter (fun warning -> eprintfn $"warning: {warning}")
        ExitCode.Done
