/// Trains a sweep: finished runs are skipped and interrupted ones continue, so repeating the command resumes the sweep.
module MtrlFunctional.Cli.Training.SweepRuns

open System.IO
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Cli
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

/// The runs of a sweep that can start, and remarks; or all mistakes.
let start words : Result<Row list * string seq, string list> =
    Given.sweep words
    |> Result.bind (fun sweep ->
        match SweepStatus.obstacles sweep.Runs with
        | [] -> Ok(sweep.Runs |> Seq.map SweepStatus.row |> List.ofSeq, sweep.Warnings)
        | obstacles -> Error obstacles)

/// Trains the unfinished runs, `width` at a time, each by `one`, as `RunSeries.each` does; prints the table. Returns the exit code.
let train console width one (rows: Row list) =
    let after rows index outcome =
        let changed row =
            let row = SweepStatus.row row.Run

            match outcome with
            | Ok _ -> row
            | Error why -> {
                row with
                    State = MemberState.Failed(SweepStatus.savedStep row.Run, why)
              }

        let rows = rows |> List.mapi (fun i row -> if i = index then changed row else row)

        writeIndex rows (Sweep.rootOf rows[index].Run) |> ignore
        rows

    let common = commonFolderOfRows rows

    let rows, code, failures =
        rows
        |> List.map (fun row ->
            ({
                Name = nameIn common row.Run
                IsFinished = (row.State = MemberState.Finished)
                Experiment = row.Run.Experiment
            }
            : RunSeries.SeriesRun))
        |> RunSeries.each width console one after rows

    show rows

    if code <> ExitCode.Done then
        printfn "Stopped. Repeat the same command to continue."

    if code = ExitCode.Done && failures <> [] then
        ExitCode.Stopped
    else
        code

/// Trains every combination of the overrides in this process.
let run (console: TrainingConsole) name words =
    match start words with
    | Error mistakes -> Command.reportErrors name mistakes
    | Ok(rows, warnings) ->
        warnings |> Seq.iter TrainingSession.notice
        train console 1 (RunSeries.trainOne TrainingSession.notice console) rows

/// Lists the runs of a sweep with their states; starts nothing.
let list name words =
    match Given.sweep words with
    | Error mistakes -> Command.reportErrors name mistakes
    | Ok sweep ->
        printfn $"""{Format.plural sweep.Runs.Count "run"}"""

        for run in sweep.Runs do
            let picked = run.Job.Picked |> List.map (fun (key, value) -> $"{key}={value}")

            printfn
                $"""{(folderOf run).Path}  ({describe (SweepStatus.state run)}): {String.concat " " picked}"""

        sweep.Warnings |> Seq.iter (fun warning -> eprintfn $"warning: {warning}")
        ExitCode.Done
