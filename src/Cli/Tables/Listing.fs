/// Lists for people and programs: rows of texts below the names of their columns.
module MtrlFunctional.Cli.Tables.Listing

open System
open System.Text.Encodings.Web
open System.Text.Json
open MtrlFunctional.Statistics

/// What stands in the place of a missing cell.
let nothing = "-"

/// The rows that have all words, in any letter case: in a cell, or as the name of a column in which they have a cell.
let matching (words: string list) (listing: Grid) =
    let has (word: string) (column: string, cell: string) =
        cell.Contains(word, StringComparison.OrdinalIgnoreCase)
        || column.Equals(word, StringComparison.OrdinalIgnoreCase) && cell <> nothing

    {
        listing with
            Lines =
                listing.Lines
                |> List.filter (fun row ->
                    let cells = List.zip listing.Headings row
                    words |> List.forall (fun word -> List.exists (has word) cells))
    }

/// No column is made narrower.
let private least = 8

/// Cuts cells of the widest columns but the first, whose names are to be typed, so that a row takes one line; `frame` is what
/// stands between columns and around them.
let fitting width (frame: int -> int) (listing: Grid) =
    let rec narrowed name (others: int list) =
        let excess = name + List.sum others + frame (1 + others.Length) - width
        let widest = List.fold max least others

        if excess <= 0 || widest = least then
            name :: others
        else
            let next = others |> List.filter ((<>) widest) |> List.fold max least
            let column = List.findIndex ((=) widest) others

            others
            |> List.updateAt
                column
                (max (next - 1) (widest - excess) |> min (widest - 1) |> max least)
            |> narrowed name

    let widths =
        match
            listing.Headings :: listing.Lines
            |> List.transpose
            |> List.map (List.map String.length >> List.max)
        with
        | name :: others -> narrowed name others
        | [] -> []

    let cut (cell: string) (width: int) =
        if cell.Length <= width then
            cell
        else
            cell.Substring(0, width - 1).TrimEnd() + "…"

    {
        listing with
            Lines = [ for row in listing.Lines -> List.map2 cut row widths ]
    }

/// Columns padded with spaces, their names in the first line.
let text (listing: Grid) =
    Grid.aligned listing.Headings.Length "  " listing
    |> List.map (fun line -> line.TrimEnd() + "\n")
    |> String.concat ""

let private options =
    JsonSerializerOptions(
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping
    )

/// An array with an object for each row.
let json (listing: Grid) =
    JsonSerializer.Serialize(
        [| for row in listing.Lines -> dict (List.zip listing.Headings row) |],
        options
    )
