/// Writes the pages of reports and tables into folders.
module MtrlFunctional.Cli.Results.ReportFiles

open System.IO
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Cli.Reports
open MtrlFunctional.Cli.Tables

/// A folder for tables, created if it does not exist.
let folder (path: string) =
    OutputFile.MakeFolder path
    RunFolder path

/// Writes pages in the order of the list.
let write (place: RunFolder) (pages: (string * string) list) =
    for name, text in pages do
        place.WriteText(name, text)

/// Files that are ready to be written, and what a terminal shows of them.
type Report = {
    Text: string
    Folder: string
    /// Names and texts, in the order of their writing.
    Pages: (string * string) list
    /// Names of those to open, the page that stands alone last.
    Shown: string list
}

/// The report of a run, for its folder. `aggregates` replace the run's aggregates.
let ofRun aggregates (path: string) =
    let folder = RunFolder.Existing path
    let run = RunResults.read aggregates folder

    {
        Text = RunPages.text run
        Folder = folder.Path
        Pages = RunPages.pages run (RunResults.context folder)
        Shown = [ RunPages.main ]
    }

let ofComparison (path: string) context comparison =
    let text, pages = ComparisonPages.pages context comparison

    {
        Text = text
        Folder = path
        Pages = pages
        Shown = [ ComparisonPages.main; ComparisonPages.html ]
    }

/// Writes the files of a report; returns the paths of those to open.
let save (report: Report) =
    write (folder report.Folder) report.Pages
    [ for name in report.Shown -> Path.Combine(report.Folder, name) ]

/// Prints a report and writes its files; prints and returns the paths of those to open. Where its folder was not named but follows
/// from what was read, that may be on a read-only disk: then the result is that on the terminal.
let publish isNamed (report: Report) =
    printf $"%s{report.Text}"
    printfn ""

    let files =
        try
            save report
        with :? MtrlException as e when not isNamed ->
            eprintfn
                $"mtrl: {e.Message} The files of the report were not written: --out FOLDER writes them elsewhere."

            []

    files |> List.iter (printfn "%s")
    files
