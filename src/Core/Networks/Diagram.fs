/// Diagrams of networks: the same columns as text and as SVG.
///
/// Reading order: Column → text → svg.
module MtrlFunctional.Networks.Diagram

open System
open System.Globalization
open System.Net
open MtrlFunctional

/// A network: its input, and its parts from first to last.
type Column = {
    Title: string
    /// "observation of 39".
    Input: string
    Parts: Part list
}

/// "23,504 parameters", "7,680 fixed parameters", or nothing.
let private counts (part: Part) =
    match part.Trained, part.Fixed with
    | 0L, 0L -> ""
    | 0L, untrained -> $"{Digits.grouped untrained} fixed parameters"
    | trained, 0L -> $"{Digits.grouped trained} parameters"
    | trained, untrained -> $"{Digits.grouped trained} parameters, {Digits.grouped untrained} fixed"

/// One line a part, an arrow before each.
let text (columns: Column list) : string =
    let parts = columns |> List.collect _.Parts

    let width (f: Part -> string) =
        parts |> List.map (f >> String.length) |> List.fold max 0

    let nameWidth, descriptionWidth = width _.Name, width _.Description

    let line (part: Part) =
        let name = part.Name.PadRight nameWidth
        let description = part.Description.PadRight descriptionWidth
        $"  ↓ {name}  {description}  {counts part}".TrimEnd()

    let column c = [ $"{c.Title}: {c.Input}"; yield! List.map line c.Parts; "" ]

    String.Join("\n", List.collect column columns)

/// Pixels of a box, of the gap below it, of a column, and of the room for lines beside the boxes.
let private box, private gap, private columnWidth, private gutter = 72, 22, 400, 30

/// The upper edge of the first box.
let private top = 62

let private ink, private shared, private ofTasks = "#768390", "#3b82f6", "#e0812a"

let private escape (s: string) = string (WebUtility.HtmlEncode s)

/// A text in at most three lines of at most `length` characters, broken at spaces.
let private wrap length (s: string) =
    let add lines (word: string) =
        match lines with
        | line: string :: rest when line.Length + word.Length < length -> $"{line} {word}" :: rest
        | _ -> word :: lines

    s.Split ' ' |> Seq.fold add [] |> List.rev |> List.truncate 3

let private write x y size weight (s: string) =
    $"<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" font-weight=\"{weight}\" text-anchor=\"middle\">{escape s}</text>"

/// An arrow along a path; dashed where it carries the task encoding.
let private arrow isTask (path: string) =
    let kind =
        if isTask then
            $" stroke=\"{ofTasks}\" stroke-dasharray=\"5 3\""
        else
            $" stroke=\"{ink}\""

    let tip = if isTask then "task-tip" else "tip"
    $"<path d=\"{path}\" fill=\"none\"{kind} marker-end=\"url(#{tip})\"/>"

let private frame colour x y width height =
    $"<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"{colour}22\" stroke=\"{colour}\"/>"

/// Height of a part: with a branch there is room for the sum below the boxes.
let private height (part: Part) =
    if part.Branch.IsSome then box + 34 else box

/// The top of each part.
let private tops parts =
    parts
    |> List.scan (fun y part -> y + height part + gap) top
    |> List.truncate (List.length parts)

let private label (part: Part) =
    [ part.Name; counts part ] |> List.filter ((<>) "") |> String.concat ": "

/// A part in one box, centred at `middle`.
let private whole left middle y (part: Part) = [
    frame shared left y (columnWidth - 2 * gutter) box
    write middle (y + 17) 12 600 (label part)
    yield!
        wrap 54 part.Description
        |> List.mapi (fun line s -> write middle (y + 34 + 15 * line) 11 400 s)
]

/// Shared layers and, beside them, the layers of each task; their outputs are added.
let private split left middle y (part: Part) branch =
    let width = columnWidth - 2 * gutter
    let one = width * 62 / 100
    let other = width - one - 10
    let sum = y + box + 22
    let near, far = left + one / 2, left + one + 10 + other / 2

    [
        frame shared left y one box
        write near (y + 17) 11 600 (label part)
        yield!
            wrap 38 part.Description
            |> List.mapi (fun line s -> write near (y + 34 + 15 * line) 10 400 s)
        frame ofTasks (left + one + 10) y other box
        write far (y + 24) 11 600 "branch of each of"
        write far (y + 40) 11 400 branch
        // Both boxes have the same input, and both lead to the sum.
        arrow false $"M{middle} {y - 12} H{far} V{y - 4}"
        arrow false $"M{near} {y + box} V{sum} H{middle - 12}"
        arrow false $"M{far} {y + box} V{sum} H{middle + 12}"
        $"<circle cx=\"{middle}\" cy=\"{sum}\" r=\"8\" fill=\"none\" stroke=\"{ink}\"/>"
        write middle (sum + 4) 12 600 "+"
    ]

let private isEncoder (part: Part) = part.Name.Contains "task_encoder"

/// A column with the arrows between its parts. The features of a network with a task encoder of its own pass
/// beside the encoder, on the right.
let private column index c =
    let x = index * columnWidth
    let left, middle, right = x + gutter, x + columnWidth / 2, x + columnWidth - gutter
    let parts = List.zip c.Parts (tops c.Parts)
    let firstOfBody = parts |> List.tryFind (fst >> isEncoder >> not)
    let hasEncoder = c.Parts |> List.exists isEncoder

    let entry (part, y) =
        match firstOfBody with
        | Some(first, at) when hasEncoder && at = y && first = part ->
            arrow false $"M{middle + 80} 32 H{right + 14} V{y + box / 2} H{right + 5}"
        | _ -> arrow false $"M{middle} {y - gap + 2} V{y - 4}"

    [
        write middle 18 14 600 c.Title
        write middle 36 11 400 c.Input
        for part, y in parts do
            entry (part, y)

            yield!
                match part.Branch with
                | Some branch -> split left middle y part branch
                | None -> whole left middle y part
    ]

/// Lines of the task encoding from its encoder to the parts that depend on it: down to a rail below all
/// boxes, along it, and up on the left of a column; within a column directly.
let private taskLines rail (columns: Column list) =
    let placed = [
        for index, c in List.indexed columns do
            for part, y in List.zip c.Parts (tops c.Parts) -> index, c.Title, part, y
    ]

    let last holds =
        placed
        |> List.filter (fun (_, title, part, _) -> holds title part)
        |> List.tryLast

    let separate = last (fun title _ -> title = "task encoder")

    let left index = index * columnWidth + gutter

    [
        for index, _, part, y in placed do
            let own =
                placed
                |> List.filter (fun (i, _, p, _) -> i = index && isEncoder p)
                |> List.tryLast

            if part.UsesTask then
                match own, separate with
                | Some(_, _, _, from), _ ->
                    arrow true $"M{left index} {from + box / 2} h-12 V{y + box / 2} h8"
                | None, Some(at, _, _, from) ->
                    let start = at * columnWidth + columnWidth / 2

                    arrow
                        true
                        $"M{start} {from + box} V{rail} H{left index - 16} V{y + box / 2} h12"
                | None, None -> arrow true $"M{left index - 24} {y + box / 2} h20"
    ]

let private tip id colour =
    $"<marker id=\"{id}\" markerWidth=\"8\" markerHeight=\"8\" refX=\"4\" refY=\"4\" orient=\"auto\"><path d=\"M0 0 L8 4 L0 8 z\" fill=\"{colour}\"/></marker>"

/// Boxes from top to bottom, networks from left to right; dashed lines carry the task encoding. Colours are
/// legible on white and on black.
let svg (columns: Column list) : string =
    let bottom =
        columns
        |> List.map (fun c -> top + List.sumBy (fun part -> height part + gap) c.Parts)
        |> List.fold max top

    let rail = bottom + 4
    let lines = taskLines rail columns
    let width = columnWidth * columns.Length
    let height = bottom + (if lines.IsEmpty then 4 else 38)

    [
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" fill=\"{ink}\">"
        "<defs>"
        tip "tip" ink
        tip "task-tip" ofTasks
        "</defs>"
        yield! columns |> List.mapi column |> List.concat
        yield! lines
        if not lines.IsEmpty then
            $"<path d=\"M{gutter} {bottom + 24} h40\" stroke=\"{ofTasks}\" stroke-dasharray=\"5 3\"/>"
            $"<text x=\"{gutter + 48}\" y=\"{bottom + 28}\" font-size=\"11\">task encoding</text>"
        "</svg>"
    ]
    |> String.concat "\n"
    |> fun lines -> lines + "\n"
