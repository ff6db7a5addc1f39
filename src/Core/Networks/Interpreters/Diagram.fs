/// Diagrams of networks: the same columns as text and as SVG.
///
/// Reading order: Column → text → svg.
module MtrlFunctional.Networks.Diagram

open System
open System.Globalization
open System.Net
open MtrlFunctional.Networks.Describe

/// A network: its input, and its parts from first to last.
type Column = {
    Title: string
    /// "observation of 39".
    Input: string
    Parts: Part list
}

/// "23,504".
let internal grouped (n: int64) =
    n.ToString("N0", CultureInfo.InvariantCulture)

/// "23,504 parameters", "7,680 fixed parameters", or nothing.
let private counts part =
    match part.Trained, part.Fixed with
    | 0L, 0L -> ""
    | 0L, untrained -> $"{grouped untrained} fixed parameters"
    | trained, 0L -> $"{grouped trained} parameters"
    | trained, untrained -> $"{grouped trained} parameters, {grouped untrained} fixed"

/// One line a part, an arrow before each.
let text (columns: Column list) : string =
    let parts = columns |> List.collect _.Parts

    let width f =
        parts |> List.map (f >> String.length) |> List.fold max 0

    let nameWidth, descriptionWidth = width _.Name, width _.Description

    let line part =
        let name = part.Name.PadRight nameWidth
        let description = part.Description.PadRight descriptionWidth
        $"  ↓ {name}  {description}  {counts part}".TrimEnd()

    let column c = [ $"{c.Title}: {c.Input}"; yield! List.map line c.Parts; "" ]

    String.Join("\n", List.collect column columns)

/// Pixels of a box, of the gap below it, and of a column.
let private box, private gap, private columnWidth = 58, 22, 380

let private escape (s: string) = string (WebUtility.HtmlEncode s)

/// A text in at most two lines of at most `length` characters, broken at spaces.
let private wrap length (s: string) =
    let add lines (word: string) =
        match lines with
        | line: string :: rest when line.Length + word.Length < length -> $"{line} {word}" :: rest
        | _ -> word :: lines

    s.Split ' ' |> Seq.fold add [] |> List.rev |> List.truncate 2

let private write x y size weight (s: string) =
    $"<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" font-weight=\"{weight}\" text-anchor=\"middle\">{escape s}</text>"

/// Boxes from top to bottom, networks from left to right. Colours are legible on white and on black.
let svg (columns: Column list) : string =
    let rows = columns |> List.map _.Parts.Length |> List.fold max 0
    let height = 70 + rows * (box + gap)

    let part x i part =
        let top = 62 + i * (box + gap)
        let middle = x + columnWidth / 2

        let label =
            [ part.Name; counts part ] |> List.filter ((<>) "") |> String.concat ": "

        [
            $"<path d=\"M{middle} {top - gap + 2} V{top - 6}\" marker-end=\"url(#tip)\" stroke=\"#768390\"/>"
            $"<rect x=\"{x + 8}\" y=\"{top}\" width=\"{columnWidth - 16}\" height=\"{box}\" rx=\"6\" fill=\"#3b82f622\" stroke=\"#3b82f6\"/>"
            write middle (top + 17) 12 600 label
            yield!
                wrap 56 part.Description
                |> List.mapi (fun line s -> write middle (top + 34 + 15 * line) 11 400 s)
        ]

    let column i c =
        let x = i * columnWidth

        [
            write (x + columnWidth / 2) 18 14 600 c.Title
            write (x + columnWidth / 2) 36 11 400 c.Input
            yield! c.Parts |> List.mapi (part x) |> List.concat
        ]

    [
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {columnWidth * columns.Length} {height}\" font-family=\"sans-serif\" fill=\"#768390\">"
        "<defs><marker id=\"tip\" markerWidth=\"8\" markerHeight=\"8\" refX=\"4\" refY=\"4\" orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\"/></marker></defs>"
        yield! columns |> List.mapi column |> List.concat
        "</svg>"
    ]
    |> String.concat "\n"
    |> fun lines -> lines + "\n"
