/// A comparison on the terminal and in a folder.
module Mtrl.Cli.Tables.TableFiles

open System
open System.IO
open MtrlFunctional
open MtrlFunctional.Storage
open Mtrl.Statistics

/// A folder for tables, made where it is missing.
let folder (path: string) =
    try
        Directory.CreateDirectory path |> ignore
    with
    | :? IOException
    | :? UnauthorizedAccessException as e ->
        raise (MtrlException $"{path}: cannot be written ({e.Message.TrimEnd '.'}).")

    RunFolder path

/// Writes `table.txt`, `table.md`, `intervals.svg`, `curves.svg` and `tasks.svg`; returns the text
/// and the path of the Markdown.
let write (path: string) (comparison: Comparison) =
    let place = folder path
    let findings = Comparison.find comparison
    let text = ComparisonTable.text findings
    place.WriteText("table.txt", text)
    place.WriteText("intervals.svg", IntervalChart.svg (ComparisonFigures.intervals findings))
    place.WriteText("curves.svg", Svg.render (ComparisonFigures.curves comparison))
    place.WriteText("tasks.svg", Svg.render (ComparisonFigures.perTask comparison))
    place.WriteText("table.md", ComparisonTable.markdown findings)
    text, Path.Combine(path, "table.md")
