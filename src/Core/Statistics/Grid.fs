namespace MtrlFunctional.Statistics

open MtrlFunctional

/// Cells under headings; the first column is a name, the others are numbers.
type Grid = { Headings: string list; Lines: string list list }

module Grid =
    /// Columns as wide as their contents with a gap between them, the first `names` to the left, the others to the right.
    let aligned names gap grid =
        let widths =
            List.transpose (grid.Headings :: grid.Lines)
            |> List.map (List.map String.length >> List.max)

        let line (cells: string list) =
            List.mapi2
                (fun i (cell: string) (width: int) ->
                    if i < names then
                        cell.PadRight width
                    else
                        cell.PadLeft width)
                cells
                widths
            |> String.concat gap

        List.map line (grid.Headings :: grid.Lines)

    /// Lines of a table in Markdown.
    let internal markdown grid =
        let line = Markdown.line

        [
            line grid.Headings
            line ("---" :: [ for _ in grid.Headings.Tail -> "---:" ])
            yield! List.map line grid.Lines
        ]
