/// A table of a paper: presets as rows, several seeds each. Trains missing runs, continues stopped
/// ones, and writes the table after each run.
///
/// Reading order: PaperTable → rowsOf → write → train → run.
namespace MtrlFunctional.Cli.Training

open System.Collections.Generic
open System.IO
open MtrlFunctional
open MtrlFunctional.Experiments
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.Pages
open MtrlFunctional.Cli.Reports
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Training.TableRows

/// Definition of a table in a script.
type PaperTable = {
    /// Name of the script and of the folder of the table.
    Name: string
    Title: string
    /// Name and experiment of each row, with all of its seeds.
    Rows: (string * Experiment) list
}

/// A script of a table, and what it does besides.
type TableScript = {
    Table: PaperTable
    /// Further lines of its help.
    Help: string list
    /// What is wrong with the rows that words make.
    Mistakes: string list -> TableRow list -> string list
    /// What follows the table: with the words, or what was there already where it is only shown. Returns the exit code.
    Finish: bool -> string list -> TableRow list -> int
}

module PaperTable =
    /// A table and nothing besides.
    let script table = {
        Table = table
        Help = []
        Mistakes = fun _ _ -> []
        Finish = fun _ _ _ -> ExitCode.Done
    }

    /// The rows with words for all of them, and warnings. Raises all mistakes.
    let private rowsOf script words =
        let rows, warnings = resolve script.Table.Rows (words @ SeedRuns.assetsOverride ())

        match script.Mistakes words rows with
        | [] -> rows, warnings
        | mistakes -> refuseAll mistakes

    let private folderOf table rows =
        Path.Combine((List.head rows).Whole.Setup.BasePath, table.Name)

    /// The runs that a script trains with words. `parts`: the extensions of its rows. Raises all mistakes.
    let plan parts script words =
        let rows, warnings = rowsOf script words

        match joined rows with
        | [] ->
            [ for row in rows -> row.Name, row.Whole ]
            |> ScriptRuns.ofRows (folderOf script.Table rows) parts warnings
        | mistakes -> refuseAll mistakes

    /// Prints pairs of words, the second ones below each other.
    let private columns (rows: (string * string) list) =
        let width = rows |> List.map (fst >> String.length) |> List.max

        for name, text in rows do
            printfn "    %s  %s" (name.PadRight width) text

    let private help { Table = table; Help = further } =
        printfn $"{table.Title}: trains every row with every seed and prints the table.\n"

        let script =
            System.Environment.GetCommandLineArgs()
            |> Array.tryFind ScriptRuns.isScript
            |> Option.defaultValue "SCRIPT.fsx"

        printfn $"USAGE: dotnet fsi {script} [show | help] [plain | paper-lines] [key=value …]\n"

        columns [
            "key=value",
            "overrides for all rows, e.g. experiment.num_train_steps=3000 setup.num_seeds=2"
            "", "setup.base_path=runs/small (each row has its own folder below it)"
            "show", "print the table of existing results, without training"
            "plain", "print readable lines instead of the live display"
            "paper-lines", "print the lines of train.log"
        ]

        printfn "\nFinished runs are kept. Repeat the command to continue after a stop.\n"
        printfn "ROWS:\n"

        columns [ for name, row in table.Rows -> name, row.Setup.Name ]
        further |> List.iter (printfn "%s")
        ExitCode.Done

    /// The title with the number of steps, if it is the same in all rows.
    let private title (table: PaperTable) rows =
        match rows |> List.map _.Whole.Schedule.NumTrainSteps |> List.distinct with
        | [ steps ] -> $"{table.Title}, {Format.count steps} steps"
        | _ -> table.Title

    let private write (table: PaperTable) rows =
        let folder = folderOf table rows

        let context: PageContext = {
            Configuration =
                ConfigurationChanges.differences [ for row in rows -> row.Name, row.Whole ]
            Commands = []
            Videos = []
        }

        let report =
            ReportFiles.ofComparison folder context {
                Title = title table rows
                Rows = List.map compared rows
                At = None
                Aggregates = [ MtrlFunctional.Statistics.TaskAggregate.Average ]
            }

        report.Text, ReportFiles.save report |> List.head

    /// Trains the unfinished runs; returns the exit code and the failures.
    let private train table (console: TrainingConsole) rows =
        let printed = HashSet()

        let notice text =
            if printed.Add text then
                TrainingSession.notice text

        [
            for row, one in turns rows ->
                RunSeries.run $"{row}, seed {one.Setup.SeedRef}" (isFinished one) one
        ]
        |> RunSeries.each 1 console (RunSeries.trainOne notice console) (fun _ _ ->
            write table rows |> ignore)

    let private show table rows failures =
        let runs = turns rows
        let finished = runs |> List.filter (snd >> isFinished) |> List.length
        let text, page = write table rows
        printf $"\n{text}\n"
        failures |> List.iter (printfn "failed: %s")
        printfn $"{finished} of {runs.Length} runs finished. Table: {page}"

        if finished < runs.Length then
            printfn "Repeat the same command to continue."

    let private trainAndShow script isGiven words =
        let table = script.Table
        let rows, warnings = rowsOf script words

        match conflicts rows with
        | [] -> warnings |> List.iter (string >> TrainingSession.notice)
        | mistakes -> refuseAll mistakes

        let ended =
            if isGiven "show" then
                ExitCode.Done, []
            else
                use console =
                    new TrainingConsole {
                        Plain = isGiven "plain"
                        PaperLines = isGiven "paper-lines"
                        Detach = false
                        Until = None
                    }

                train table console rows

        show table rows (snd ended)

        match RunSeries.exitCode ended with
        | ExitCode.Done -> script.Finish (isGiven "show") words rows
        | code -> code

    let private options = [ "show"; "plain"; "paper-lines"; "verbose"; "help" ]

    /// Runs a script with its arguments; returns the exit code. Options have no
    /// dashes, because `dotnet fsi` would parse them as its own; after `--` they may have.
    let runScript script (words: string list) =
        let words, given = words |> List.partition _.Contains('=')
        let given = given |> List.map _.TrimStart('-')
        let isGiven option = List.contains option given

        Command.guarded (isGiven "verbose") script.Table.Name (fun () ->
            match given |> List.filter (fun word -> not (List.contains word options)) with
            | [] when isGiven "help" -> help script
            | [] -> trainAndShow script isGiven words
            | unknown ->
                refuseAll [
                    for word in unknown ->
                        $"{word}: neither key=value nor one of show, plain, paper-lines, help.{Nearest.hint options word}"
                ])
