/// A comparison on the terminal and in a folder.
module Mtrl.Cli.Tables.TableFiles

open System
open System.IO
open MtrlFunctional
open MtrlFunctional.Storage
open Mtrl.Statistics

/// Writes `table.txt`, `table.md`, `intervals.svg`, `curves.svg` and `tasks.svg`; returns the text
/// and the path of the Markdown.
let write (folder: string) (comparison: Comparison) =
    try
        Directory.CreateDirectory folder |> ignore
    with
    | :? IOException
    | :? UnauthorizedAccessException as e ->
        raise (MtrlException $"{folder}: cannot be written ({e.Message.TrimEnd '.'}).")

    let findings = Comparison.find comparison
    let text = ComparisonTable.text findings
    let place = RunFolder folder
    place.WriteText("table.txt", text)
    place.WriteText("intervals.svg", IntervalChart.svg (ComparisonFigures.intervals findings))
    place.WriteText("curves.svg", Svg.render (ComparisonFigures.curves comparison))
    place.WriteText("tasks.svg", Svg.render (ComparisonFigures.perTask comparison))
    place.WriteText("table.md", ComparisonTable.markdown findings)
    text, Path.Combine(folder, "table.md")
