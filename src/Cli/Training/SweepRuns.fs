/// Trains a sweep: finished runs are skipped and interrupted ones continue, so repeating the command resumes the sweep.
module MtrlFunctional.Cli.Training.SweepRuns

open System.IO
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Tables
open MtrlFunctional.Cli.Tables.SweepRow
open MtrlFunctional.Cli.With

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

/// Prints the table of the rows, and writes it into the folders of all their experiments.
let show (rows: Row list) =
    printf $"""{SweepTable.text "sweep" rows}"""

    for root in rows |> List.map (_.Run >> Sweep.rootOf) |> List.distinct do
        for file in writeIndex rows root do
            printfn $"table: {file}"

/// The rows of runs, where all of them can start. Raises all mistakes.
let start (runs: SweptRun seq) : Row list =
    match SweepStatus.obstacles runs with
    | [] -> runs |> Seq.map SweepStatus.row |> List.ofSeq
    | obstacles -> refuseAll obstacles

/// Trains the unfinished runs, `width` at a time, each by `one`, as `RunSeries.each` does; prints the table. Returns the exit code.
let train console width one (rows: Row list) =
    let common, rows = commonFolderOfRows rows, Array.ofList rows

    let after index outcome =
        let row = SweepStatus.row rows[index].Run

        rows[index] <-
            match outcome with
            | Ok _ -> row
            | Error why -> {
                row with
                    State = MemberState.Failed(SweepStatus.savedStep row.Run, why)
              }

        writeIndex (List.ofArray rows) (Sweep.rootOf row.Run) |> ignore

    let ended =
        [
            for row in rows do
                let isFinished = (row.State = MemberState.Finished)
                RunSeries.run (nameIn common row.Run) isFinished row.Run.Experiment
        ]
        |> RunSeries.each width console one after

    show (List.ofArray rows)

    if fst ended <> ExitCode.Done then
        printfn "Stopped. Repeat the same command to continue."

    RunSeries.exitCode ended

/// Trains every combination of the overrides in this process.
let run (console: TrainingConsole) words =
    let sweep = Given.sweep words |> valid
    let rows = start sweep.Runs
    sweep.Warnings |> Seq.iter TrainingSession.notice
    train console 1 (RunSeries.trainOne TrainingSession.notice console) rows

/// Lists the runs of a sweep with their states; starts nothing.
let list words =
    let sweep = Given.sweep words |> valid
    printfn $"""{Format.plural sweep.Runs.Count "run"}"""

    for run in sweep.Runs do
        let picked = run.Job.Picked |> List.map (fun (key, value) -> $"{key}={value}")

        printfn
            $"""{(folderOf run).Path}  ({describe (SweepStatus.state run)}): {String.concat " " picked}"""

    sweep.Warnings |> Seq.iter (fun warning -> eprintfn $"warning: {warning}")
    ExitCode.Done
