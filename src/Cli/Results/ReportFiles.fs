/// Writes the pages of reports and tables into folders.
module MtrlFunctional.Cli.Results.ReportFiles

open System
open System.IO
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Cli.Reports
open MtrlFunctional.Cli.Tables

/// A folder for tables, created if it does not exist.
let folder (path: string) =
    try
        Directory.CreateDirectory path |> ignore
    with
    | :? IOException
    | :? UnauthorizedAccessException as e ->
        raise (MtrlException $"{path}: cannot be written ({e.Message.TrimEnd '.'}).")

    RunFolder path

/// Writes pages in the order of the list.
let write (place: RunFolder) (pages: (string * string) list) =
    for name, text in pages do
        place.WriteText(name, text)

/// Writes the report of a run into its folder; returns its table for a terminal, and the path of the page.
/// `aggregates` replace those of the run.
let writeReport aggregates (path: string) =
    let folder = RunFolder.Existing path
    let run = RunResults.read aggregates folder
    RunPages.pages run (RunResults.context folder) |> write folder
    RunPages.text run, Path.Combine(folder.Path, RunPages.main)

/// Writes a comparison into a folder; returns its text and the path of its page.
let writeComparison (path: string) context comparison =
    let text, pages = ComparisonPages.pages context comparison
    write (folder path) pages
    text, Path.Combine(path, ComparisonPages.main)
