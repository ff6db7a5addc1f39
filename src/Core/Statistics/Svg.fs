/// A figure as SVG: no script, no font of its own, no background, and colours that are legible on
/// white and on black backgrounds.
///
/// Reading order: palette → panel → render.
module MtrlFunctional.Statistics.Svg

open System.Globalization
open System.Net
open System.Text

/// Middle tones: at least 3 : 1 against white and against #0d1117.
let internal palette = [|
    "#3b82f6"
    "#e0812a"
    "#2fa15b"
    "#e05260"
    "#9a6ee0"
    "#1aa0a8"
    "#c2569f"
    "#8a8f2a"
    "#6b8e9e"
    "#b0703c"
|]

let internal ink = "#768390"
let internal grid = "#76839033"

let internal n (x: float) =
    x.ToString("0.##", CultureInfo.InvariantCulture)

/// "25 %" of a fraction.
let internal percent (x: float) = n (100.0 * x) + " %"

let private escape (s: string) = WebUtility.HtmlEncode s |> string

/// Sizes in pixels.
[<Literal>]
let private Width = 320.0

[<Literal>]
let private Height = 190.0

/// Room for the numbers of the y axis, the title, the numbers and label of the x axis.
let private left, private right, private top, private bottom =
    46.0, 18.0, 30.0, 38.0

let internal text (out: StringBuilder) x y size anchor weight (s: string) =
    out.Append(
        $"<text x=\"{n x}\" y=\"{n y}\" font-size=\"{n size}\" text-anchor=\"{anchor}\""
        + $" font-weight=\"{weight}\">{escape s}</text>\n"
    )
    |> ignore

/// Estimated width of a text, in the widest of the usual fonts.
let internal textWidth size (s: string) = 0.62 * size * float s.Length

/// The largest size up to `size` at which a text needs no more than `room`; not below 7.
let internal fitting size room (s: string) =
    size * min 1.0 (room / max 1.0 (textWidth size s)) |> max 7.0

let internal rule (out: StringBuilder) x1 y1 x2 y2 colour =
    out.Append(
        $"<line x1=\"{n x1}\" y1=\"{n y1}\" x2=\"{n x2}\" y2=\"{n y2}\" stroke=\"{colour}\"/>\n"
    )
    |> ignore

let private corners points =
    points |> Array.map (fun (x, y) -> $"{n x},{n y}") |> String.concat " "

let private path colour attributes points =
    $"<polyline points=\"{corners points}\" fill=\"none\" stroke=\"{colour}\" {attributes}/>\n"

let private dots colour (points: (float * float)[]) =
    points
    |> Array.map (fun (x, y) ->
        $"<circle cx=\"{n x}\" cy=\"{n y}\" r=\"2.6\" fill=\"{colour}\"/>\n")
    |> String.concat ""

let private area colour points =
    $"<polygon points=\"{corners points}\" fill=\"{colour}\" fill-opacity=\"0.16\"/>\n"

let private curve colour mark points =
    match mark with
    | Mark.Line -> path colour "stroke-width=\"1.8\" stroke-linejoin=\"round\"" points
    | Mark.Dots ->
        path colour "stroke-width=\"1.2\" stroke-dasharray=\"3 3\"" points
        + dots colour points
    | Mark.Area -> area colour points

let private axes (panel: Panel) (series: Series list) =
    let coordinates pick =
        series |> Seq.collect (fun s -> Seq.map pick s.Points)

    let x =
        let whole = Axis.over 4 (coordinates (fun struct (x, _) -> x))
        let xs = coordinates (fun struct (x, _) -> x) |> Seq.toArray
        // The curve may end between two ticks: no empty room behind it.
        if xs.Length > 1 && Array.max xs > Array.min xs then
            { whole with High = Array.max xs }
        else
            whole

    let y =
        match panel.YRange with
        | Some limits -> Axis.fixedTo 4 limits
        | None -> Axis.over 4 (coordinates (fun struct (_, y) -> y))

    x, y

/// One panel at (x0, y0).
let private panel (out: StringBuilder) colour x0 y0 (panel: Panel) =
    let series =
        panel.Series |> List.map (fun s -> { s with Points = Series.finite s.Points })

    let xAxis, yAxis = axes panel series
    let l, r = x0 + left, x0 + Width - right
    let t, b = y0 + top, y0 + Height - bottom

    let px x =
        l + (x - xAxis.Low) / (xAxis.High - xAxis.Low) * (r - l)

    let py y =
        b - (y - yAxis.Low) / (yAxis.High - yAxis.Low) * (b - t)

    let title = panel.Title
    text out l (y0 + 18.0) (fitting 12.5 (Width - left - 4.0) title) "start" "600" title

    for tick in Axis.ticks yAxis do
        rule out l (py tick) r (py tick) grid

        let label =
            if panel.Percent then
                percent tick
            else
                Axis.label yAxis tick

        text out (l - 6.0) (py tick + 3.5) 10.0 "end" "400" label

    for tick in Axis.ticks xAxis |> List.filter (fun tick -> tick <= xAxis.High) do
        text out (px tick) (b + 15.0) 10.0 "middle" "400" (Axis.label xAxis tick)

    rule out l b r b ink

    if panel.XLabel <> "" then
        text out ((l + r) / 2.0) (b + 30.0) 10.0 "middle" "400" panel.XLabel

    if series |> List.forall (fun s -> s.Points.Length = 0) then
        text out ((l + r) / 2.0) ((t + b) / 2.0) 11.0 "middle" "400" "nothing recorded"

    let clip y = max yAxis.Low (min yAxis.High y)

    for s in series do
        let points = s.Points |> Array.map (fun struct (x, y) -> px x, py (clip y))
        out.Append(curve (colour s.Name) s.Mark points) |> ignore

/// Width of a name in the legend with its colour and the gap behind it.
let private entryWidth name = 40.0 + textWidth 11.0 name

/// Where each name of the legend begins, in as many lines as the width requires.
let private places width (names: string list) =
    let place (x, y) (name: string) =
        let length = entryWidth name

        let x, y =
            if x > left && x + length > width then
                left, y + 18.0
            else
                x, y

        (name, x, y), (x + length, y)

    List.mapFold place (left, 46.0) names |> fst

let private legend (out: StringBuilder) colour places =
    for name, x, y in places do
        out.Append(
            $"<rect x=\"{n x}\" y=\"{n (y - 8.0)}\" width=\"14\" height=\"4\" rx=\"2\""
            + $" fill=\"{colour name}\"/>\n"
        )
        |> ignore

        text out (x + 20.0) (y - 2.0) 11.0 "start" "400" name

/// The first lines of a picture, with its title.
let internal start (out: StringBuilder) width height title =
    out.Append(
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{n width}\" height=\"{n height}\""
        + $" viewBox=\"0 0 {n width} {n height}\" role=\"img\" fill=\"{ink}\""
        + " font-family=\"system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif\">\n"
        + $"<title>{escape title}</title>\n"
    )
    |> ignore

    text out left 22.0 15.0 "start" "600" title

/// The whole figure. The same figure gives the same text.
let render (figure: Figure) =
    let names =
        [
            for p in figure.Panels do
                for s in p.Series -> s.Name
        ]
        |> List.distinct

    let colour name =
        palette[List.findIndex ((=) name) names % palette.Length]

    let columns = max 1 (min figure.Columns figure.Panels.Length)
    let rows = (figure.Panels.Length + columns - 1) / columns

    let width =
        [
            float columns * Width
            left + textWidth 15.0 figure.Title + right
            for name in names do
                left + entryWidth name
        ]
        |> List.max

    let legendPlaces = if List.length names > 1 then places width names else []

    let head =
        match List.tryLast legendPlaces with
        | Some(_, _, y) -> y + 10.0
        | None -> 34.0

    let out = StringBuilder()
    start out width (head + float rows * Height) figure.Title
    legend out colour legendPlaces

    figure.Panels
    |> List.iteri (fun i p ->
        panel out colour (float (i % columns) * Width) (head + float (i / columns) * Height) p)

    out.Append("</svg>\n").ToString()
