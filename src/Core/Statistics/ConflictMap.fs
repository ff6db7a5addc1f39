/// Cosines of the tasks' gradients as a heat map: all pairs in the first and in the last third of a
/// run, and the worst pairs update by update.
///
/// Blue pairs agree, red ones are in conflict. Zero is transparent, so that it is neutral on white
/// and on black backgrounds.
///
/// Reading order: limit → cell → matrix → strip → svg.
module MtrlFunctional.Statistics.ConflictMap

open System
open System.Text
open MtrlFunctional.Surgery
open Svg

let private agreeing, private opposed = palette[0], palette[3]

/// Absolute cosine of the full colour; nearly all are smaller.
let private limit (cosines: float seq) =
    match cosines |> Seq.filter Double.IsFinite |> Seq.map abs |> Seq.sort |> Seq.toArray with
    | [||] -> 1.0
    | sizes ->
        let large = sizes[int (0.98 * float (sizes.Length - 1))]
        ceil (large * 10.0 - 1e-9) / 10.0 |> max 0.1 |> min 1.0

let private cell (out: StringBuilder) limit x y width height (cosine: float) =
    if Double.IsFinite cosine then
        let colour = if cosine < 0.0 then opposed else agreeing
        let strength = min 1.0 (abs cosine / limit)

        out.Append(
            $"<rect x=\"{n x}\" y=\"{n y}\" width=\"{n width}\" height=\"{n height}\""
            + $" fill=\"{colour}\" fill-opacity=\"{n strength}\"/>\n"
        )
        |> ignore

/// Cells without a measurement are empty, like those of 0; the frame marks the cells.
let private frame (out: StringBuilder) x y width height =
    out.Append(
        $"<rect x=\"{n x}\" y=\"{n y}\" width=\"{n width}\" height=\"{n height}\""
        + $" fill=\"none\" stroke=\"{ink}\" stroke-opacity=\"0.5\"/>\n"
    )
    |> ignore

/// Cells without seams.
let private crisp (out: StringBuilder) body =
    out.Append "<g shape-rendering=\"crispEdges\">\n" |> ignore
    body ()
    out.Append "</g>\n" |> ignore

let private upwards (out: StringBuilder) x y size (s: string) =
    out.Append $"<g transform=\"translate({n x} {n y}) rotate(-90)\">" |> ignore
    text out 0.0 0.0 size "start" "400" s
    out.Append "</g>\n" |> ignore

/// Cell and letters of a matrix of so many tasks, in pixels.
let private sizes tasks =
    if tasks <= 12 then 26.0, 11.0
    elif tasks <= 25 then 16.0, 10.0
    else 11.0, 9.0

/// Room for the longest of some names.
let private room size (names: string list) =
    0.6 * size * float (names |> List.map String.length |> List.fold max 0) + 10.0

/// All pairs at (x0, y0), the corner of the first cell, with the tasks above.
let private matrix out limit x0 y0 (tasks: string list) title (cosines: float[]) =
    let side, letters = sizes tasks.Length
    let whole = side * float tasks.Length
    text out x0 (y0 - room letters tasks - 10.0) 12.5 "start" "600" title

    for i, task in List.indexed tasks do
        upwards out (x0 + (float i + 0.5) * side + 0.35 * letters) (y0 - 5.0) letters task

    crisp out (fun () ->
        for struct (i, j) in Agreement.pairs tasks.Length do
            let cosine = cosines[Agreement.place i j]
            cell out limit (x0 + float j * side) (y0 + float i * side) side side cosine
            cell out limit (x0 + float i * side) (y0 + float j * side) side side cosine)

    rule out x0 y0 (x0 + whole) (y0 + whole) grid
    frame out x0 y0 whole whole

let private beside out x0 y0 (tasks: string list) =
    let side, letters = sizes tasks.Length

    for i, task in List.indexed tasks do
        text out (x0 - 6.0) (y0 + (float i + 0.5) * side + 0.35 * letters) letters "end" "400" task

/// Number of pairs drawn over time, and largest number of columns.
let private shownPairs, private shownMoments = 15, 80

[<Literal>]
let private Line = 18.0

/// Means of runs of neighbours, oldest first.
let private moments (records: ConflictRecord list) =
    records
    |> List.splitInto (min shownMoments records.Length)
    |> List.map Conflicts.meanCosines

/// The worst pairs update by update; (x0, y0) is the corner of the first cell.
let private strip out limit x0 y0 width (records: ConflictRecord list) pairs =
    let moments = moments records
    let step = width / float moments.Length
    let height = Line * float (List.length pairs)
    text out x0 (y0 - 10.0) 12.5 "start" "600" "worst pairs, update by update"

    for row, (pair: ConflictingPair) in List.indexed pairs do
        let name = $"{fst pair.Tasks} × {snd pair.Tasks}"
        text out (x0 - 6.0) (y0 + (float row + 0.5) * Line + 3.8) 11.0 "end" "400" name

    crisp out (fun () ->
        for row, (pair: ConflictingPair) in List.indexed pairs do
            for column, cosines in List.indexed moments do
                let x, y = x0 + float column * step, y0 + float row * Line + 1.0
                cell out limit x y step (Line - 2.0) cosines[pair.Place])

    frame out x0 y0 width height
    let first, last = float records.Head.Update, float (List.last records).Update

    if last > first then
        let axis = Axis.over 6 [ first; last ]

        for tick in Axis.ticks axis |> List.filter (fun tick -> first <= tick && tick <= last) do
            let x = x0 + (tick - first) / (last - first) * width
            text out x (y0 + height + 15.0) 10.0 "middle" "400" (Axis.label axis tick)

    text out (x0 + width / 2.0) (y0 + height + 30.0) 10.0 "middle" "400" "updates"

/// The colours from one end to the other.
let private scale out limit x0 y0 =
    let steps, width = 41, 4.0

    crisp out (fun () ->
        for i in 0 .. steps - 1 do
            let cosine = limit * (2.0 * float i / float (steps - 1) - 1.0)
            cell out limit (x0 + float i * width) y0 width 12.0 cosine)

    frame out x0 y0 (width * float steps) 12.0

    for share, label in [ 0.0, $"−{n limit}"; 0.5, "0"; 1.0, n limit ] do
        text out (x0 + share * width * float steps) (y0 + 25.0) 10.0 "middle" "400" label

    text out (x0 + width * float steps + 22.0) (y0 + 10.0) 11.0 "start" "400" "cosine"

/// The records of one part, oldest first, of these tasks; there is at least one. The same records
/// give the same text.
let svg title (tasks: string list) (records: ConflictRecord list) =
    let summary = Conflicts.summary tasks records
    let side, letters = sizes tasks.Length
    let whole = side * float tasks.Length

    let panels =
        match Conflicts.thirds records with
        | Some(first, last) -> [
            "first third", Conflicts.meanCosines first
            "last third", Conflicts.meanCosines last
          ]
        | None -> [ "mean", Conflicts.meanCosines records ]

    let limit = panels |> Seq.collect snd |> limit
    let worst = summary.Pairs |> List.truncate shownPairs
    let names = [ for pair in worst -> $"{fst pair.Tasks} × {snd pair.Tasks}" ]
    let left = max (room letters tasks) (room 11.0 names)
    let across = max 420.0 (float panels.Length * (whole + 24.0) - 24.0)
    let top = 96.0 + room letters tasks
    let below = top + whole + 50.0
    let width = left + across + 24.0
    let height = below + Line * float worst.Length + 42.0
    let out = StringBuilder()
    start out width height title
    scale out limit 46.0 40.0

    panels
    |> List.iteri (fun i (title, cosines) ->
        matrix out limit (left + float i * (whole + 24.0)) top tasks title cosines)

    beside out left top tasks
    strip out limit left below across records worst
    out.Append("</svg>\n").ToString()
