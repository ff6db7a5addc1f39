/// Runs a sweep: one run after the other, each in its folder. Finished runs are skipped and
/// interrupted ones continue, so repeating the command resumes the sweep.
module MtrlFunctional.Cli.Training.SweepRuns

open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Tables
open MtrlFunctional.Cli.Tables.SweepRow
open MtrlFunctional.Cli.Training.SweepStatus

/// Writes the tables of the rows into their common folder; returns the paths.
let private writeIndex (rows: Row list) = [
    for root, rows in rows |> List.groupBy (fun row -> rootOf row.Run) do
        ReportFiles.write (RunFolder root) (SweepTable.pages rows)
        $"{root}/{SweepTable.main}"
]

/// Errors that prevent the sweep from starting.
let private obstacles (rows: Row list) = [
    for row in rows do
        match row.State with
        | OtherConfiguration step ->
            let folder = (folderOf row.Run).Path

            $"{folder}: holds a run of another configuration (step {Format.count step}). "
            + "Choose another setup.name, or remove the folder."
        | _ -> ()
]

/// Trains one run; its exit code, or the message of its failure.
let private train console (run: SweptRun) =
    try
        Ok(TrainingSession.train TrainingSession.notice console run.Experiment)
    with
    | :? MtrlException as e -> Error e.Message
    | e when Failures.isOutOfMemory e -> Error Failures.outOfMemory

/// Trains the unfinished runs until a stop signal; a failed run does not stop the others. Returns
/// the rows, the last exit code, and the failures.
let private trainAll (console: TrainingConsole) (rows: Row list) =
    let run (rows: Row list, code, failures) (number, row: Row) =
        let title = $"{number + 1} of {rows.Length}: {nameOf row.Run}"

        if code <> ExitCode.Done then
            rows, code, failures
        elif number > 0 && console.Token.IsCancellationRequested then
            rows, console.ExitCode, failures
        elif row.State = Finished then
            TrainingSession.notice $"{title}: already finished."
            rows, code, failures
        else
            TrainingSession.notice $"{title}"
            let outcome = train console row.Run
            let rows = rows |> List.updateAt number (SweepStatus.row row.Run)
            writeIndex rows |> ignore

            match outcome with
            | Ok code -> rows, code, failures
            | Error why ->
                TrainingSession.notice why
                rows, code, failures @ [ $"{nameOf row.Run}: {why}" ]

    List.indexed rows |> List.fold run (rows, ExitCode.Done, [])

/// Trains every combination of the overrides.
let run (console: TrainingConsole) name words =
    match Sweep.plan words with
    | Error mistakes -> Command.reportErrors name (List.map string mistakes)
    | Ok(runs, warnings) ->
        let rows = List.map SweepStatus.row runs

        match obstacles rows with
        | [] ->
            warnings |> List.iter (string >> TrainingSession.notice)
            let rows, code, failures = trainAll console rows
            printf $"{SweepTable.text rows}"
            failures |> List.iter (printfn "  failed: %s")

            for file in writeIndex rows do
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
