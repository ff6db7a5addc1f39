/// A table of a paper: rows by presets, times seeds. It trains what is missing, goes on where it was
/// stopped, and writes the table after each run.
///
/// Reading order: PaperTable → prepare → train → run.
namespace Mtrl.Cli.Tables

open System.Collections.Generic
open System.IO
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Training
open Mtrl
open Mtrl.Experiments
open Mtrl.Statistics
open Mtrl.Cli
open Mtrl.Cli.Display
open Mtrl.Cli.Training

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

    /// A row as one experiment for each seed.
    type private Row = { Name: string; Whole: Experiment; Seeds: Experiment list }

    let private folderOf (e: Experiment) =
        RunFolder.OfSeed(e.Setup.SaveDir, e.Setup.SeedRef)

    let private resolve (table: PaperTable) words =
        let rows = [
            for name, row in table.Rows ->
                name, Experiment.resolve (List.ofArray (row.Split ' ') @ words)
        ]

        let mistakes = [
            for _, row in rows do
                match row with
                | Error mistakes -> yield! List.map string mistakes
                | Ok _ -> ()
        ]

        if mistakes <> [] then
            Error(List.distinct mistakes)
        else
            Ok [
                for name, row in rows do
                    match row with
                    | Ok(whole, warnings) ->
                        warnings,
                        {
                            Name = name
                            Whole = whole
                            Seeds = [
                                for seed in Experiment.seeds whole -> Experiment.withSeed seed whole
                            ]
                        }
                    | Error _ -> ()
            ]

    /// Rows that would write into each other's folders, and folders of other experiments.
    let private conflicts rows = [
        for place, same in rows |> List.groupBy _.Whole.Setup.SaveDir do
            if same.Length > 1 then
                let names = same |> List.map _.Name |> String.concat ", "

                $"{names}: all would run in {place}. Rows have names of their own; setup.base_path=DIR moves them all."

        for row in rows do
            for seed in row.Seeds do
                if RunStandings.Of seed = RunStanding.Foreign then
                    $"{(folderOf seed).Path}: holds a run of another configuration. Choose another folder with setup.base_path=DIR, or remove it."
    ]

    /// With the steps that the rows really have, unless each has others.
    let private title (table: PaperTable) rows =
        match rows |> List.map _.Whole.Schedule.NumTrainSteps |> List.distinct with
        | [ steps ] -> $"{table.Title}, {Format.count steps} steps"
        | _ -> table.Title

    let private compared (row: Row) : ComparedExperiment =
        let begun = [
            for seed in row.Seeds do
                let folder = folderOf seed

                if folder.Exists then
                    seed.Setup.SeedRef, folder
        ]

        ExperimentResults.ofRuns row.Name row.Whole begun

    let private write (table: PaperTable) rows =
        let place = Path.Combine((List.head rows).Whole.Setup.BasePath, table.Name)

        TableFiles.write place { Title = table.Title; Rows = List.map compared rows; At = None }

    /// Every run in its turn: the first seed of all rows, then the second …, so that a table that
    /// is not whole compares as many seeds of each.
    let private turns rows =
        [
            for row in rows do
                for i, seed in List.indexed row.Seeds -> i, seed
        ]
        |> List.sortBy fst
        |> List.map snd

    let private isFinished seed =
        RunStandings.Of seed = RunStanding.Finished

    /// Trains what is missing, until a run does not finish.
    let private train (table: PaperTable) plain rows =
        let told = HashSet()

        let notice text =
            if told.Add text then
                Conduct.notice text

        turns rows
        |> List.fold
            (fun code one ->
                if code <> ExitCode.Done || isFinished one then
                    code
                else
                    let code = TrainCommand.trainOne notice plain one
                    write table rows |> ignore
                    code)
            ExitCode.Done

    let private show (table: PaperTable) rows =
        let runs = turns rows
        let finished = runs |> List.filter isFinished |> List.length
        let text, page = write table rows
        printf $"\n{text}"
        printfn $"\n{finished} of {runs.Length} runs finished. Table: {page}"

        if finished < runs.Length then
            printfn "The same command again goes on where it stopped."

    let private conduct (table: PaperTable) isGiven words =
        match resolve table (words @ TrainCommand.assets ()) with
        | Error mistakes -> Command.mistakes table.Name mistakes
        | Ok resolved ->
            let rows = List.map snd resolved

            match conflicts rows with
            | [] ->
                resolved
                |> List.collect fst
                |> List.distinct
                |> List.iter (string >> Conduct.notice)

                let code =
                    if isGiven "show" then
                        ExitCode.Done
                    else
                        train table (isGiven "plain") rows

                show table rows
                code
            | mistakes -> Command.mistakes table.Name mistakes

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
            Command.mistakes table.Name [
                for word in unknown ->
                    $"{word}: neither key=value nor one of show, plain, help.{Nearest.hint known word}"
            ]
