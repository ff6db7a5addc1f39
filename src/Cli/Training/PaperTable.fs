/// A table of a paper: rows by presets, times seeds. It trains what is missing, goes on where it was
/// stopped, and writes the table after each run.
///
/// Reading order: PaperTable → write → train → run.
namespace Mtrl.Cli.Training

open System.Collections.Generic
open System.IO
open MtrlFunctional
open Mtrl
open Mtrl.Experiments
open Mtrl.Cli
open Mtrl.Cli.Display
open Mtrl.Cli.Results
open Mtrl.Cli.Training.TableRows

/// What a script says of its table.
type PaperTable = {
    /// Of the folder of the table and of the script.
    Name: string
    Title: string
    /// Name and override words of each row, such as "CARE", "preset=ptsl/care-mt10".
    Rows: (string * string) list
}

module PaperTable =
    let private help (table: PaperTable) =
        printfn $"{table.Title}: trains every row with every seed and prints the table.\n"
        printfn $"USAGE: dotnet fsi scripts/{table.Name}.fsx [show | help] [plain] [key=value …]\n"

        printfn
            "    key=value  for all rows, e.g. experiment.num_train_steps=3000 setup.num_seeds=2"

        printfn
            "               setup.base_path=runs/small (rows have folders of their own below it)"

        printfn "    show       the table of what is there, without training"
        printfn "    plain      log lines instead of the live display\n"

        printfn
            "Runs that are finished stay as they are; pasted again, it goes on where it stopped.\n"

        printfn "ROWS:\n"

        for name, words in table.Rows do
            printfn $"    %-30s{name}{words}"

        ExitCode.Done

    /// With the steps that the rows really have, unless each has others.
    let private title (table: PaperTable) rows =
        match rows |> List.map _.Whole.Schedule.NumTrainSteps |> List.distinct with
        | [ steps ] -> $"{table.Title}, {Format.count steps} steps"
        | _ -> table.Title

    let private write (table: PaperTable) rows =
        let place = Path.Combine((List.head rows).Whole.Setup.BasePath, table.Name)

        ReportFiles.writeComparison place {
            Title = title table rows
            Rows = List.map compared rows
            At = None
            Aggregates = [ Mtrl.Statistics.TaskAggregate.Average ]
        }

    /// Trains what is missing until somebody asks to stop; a run that fails does not keep the others
    /// from theirs. Returns the exit code and what failed.
    let private train table plain rows =
        let told = HashSet()

        let notice text =
            if told.Add text then
                TrainingSession.notice text

        let turn (code, failures) (row: string, one: Experiment) =
            if code <> ExitCode.Done || isFinished one then
                code, failures
            else
                TrainingSession.notice $"{row}, seed {one.Setup.SeedRef}"

                let ended =
                    try
                        TrainingSession.train notice plain one, failures
                    with :? MtrlException as e ->
                        code, failures @ [ $"{row}, seed {one.Setup.SeedRef}: {e.Message}" ]

                write table rows |> ignore
                ended

        turns rows |> List.fold turn (ExitCode.Done, [])

    let private show table rows failures =
        let runs = turns rows
        let finished = runs |> List.filter (snd >> isFinished) |> List.length
        let text, page = write table rows
        printf $"\n{text}\n"
        failures |> List.iter (printfn "failed: %s")
        printfn $"{finished} of {runs.Length} runs finished. Table: {page}"

        if finished < runs.Length then
            printfn "The same command again goes on where it stopped."

    let private conduct table isGiven words =
        match resolve table.Rows (words @ SeedRuns.assetsOverride ()) with
        | Error mistakes -> Command.reportErrors table.Name mistakes
        | Ok(rows, warnings) ->
            match conflicts rows with
            | [] ->
                warnings |> List.iter (string >> TrainingSession.notice)

                let code, failures =
                    if isGiven "show" then
                        ExitCode.Done, []
                    else
                        train table (isGiven "plain") rows

                show table rows failures

                if code = ExitCode.Done && failures <> [] then
                    ExitCode.Stopped
                else
                    code
            | mistakes -> Command.reportErrors table.Name mistakes

    let private known = [ "show"; "plain"; "verbose"; "help" ]

    /// Runs a script's table with the words after the script's name; returns the exit code. Options
    /// have no dashes, because `dotnet fsi` would take them for its own; with `--` before them they may.
    let run (table: PaperTable) (words: string list) =
        let words, options = words |> List.partition _.Contains('=')
        let options = options |> List.map _.TrimStart('-')
        let isGiven option = List.contains option options

        match options |> List.filter (fun word -> not (List.contains word known)) with
        | [] when isGiven "help" -> help table
        | [] -> Failures.guard (isGiven "verbose") (fun () -> conduct table isGiven words)
        | unknown ->
            Command.reportErrors table.Name [
                for word in unknown ->
                    $"{word}: neither key=value nor one of show, plain, help.{Nearest.hint known word}"
            ]
