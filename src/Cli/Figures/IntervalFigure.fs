/// Points with their intervals as one picture: a line for each name, panels side by side.
module MtrlFunctional.Cli.Figures.IntervalFigure

open System
open OxyPlot
open OxyPlot.Axes
open OxyPlot.Series
open MtrlFunctional.Statistics
open MtrlFunctional.Cli.Figures.Drawing

/// Sizes in pixels: of a panel without names, of a line, of title and numbers.
let private width, private line, private around = 310.0, 28.0, 62.0

let private top = 34.0

let private ends (p: IntervalPoint) = [
    p.Value

    match p.Interval with
    | Some interval ->
        interval.Low
        interval.High
    | None -> ()
]

let private thick colour y (interval: Aggregate.Interval) =
    LineSeries(
        ItemsSource = [| DataPoint(interval.Low, y); DataPoint(interval.High, y) |],
        Color = OxyColor.FromAColor(0x73uy, colour),
        StrokeThickness = 8.0
    )

let private dot colour y value =
    ScatterSeries(
        ItemsSource = [| ScatterPoint(value, y) |],
        MarkerType = MarkerType.Circle,
        MarkerSize = 4.0,
        MarkerFill = colour
    )

/// `left`: room for the names; none where there is no room.
let private panel left (low, high) (title, points: IntervalPoint list) =
    let x = axis AxisPosition.Bottom percent
    x.MajorGridlineStyle <- LineStyle.Solid
    x.Minimum <- low
    x.Maximum <- high

    let y =
        names AxisPosition.Left 11.5 [ for p in points -> if left > 0.0 then p.Name else "" ]

    let model = chart (width - 18.0) title [ x; y ]
    model.PlotMargins <- OxyThickness(left + 14.0, 4.0, 30.0, 22.0)

    for i, p in List.indexed points do
        let y = float i

        match p.Interval with
        | Some interval -> model.Series.Add(thick (colour i) y interval)
        | None -> ()

        if Double.IsFinite p.Value then
            model.Series.Add(dot (colour i) y p.Value)
        else
            note model low y HorizontalAlignment.Left "nothing recorded"

    model

let svg (chart: IntervalChart) =
    let points = chart.Panels |> List.collect snd

    let left =
        10.0
        + (points |> List.map (fun p -> textWidth 11.5 p.Name) |> List.fold max 0.0)

    let values = points |> List.collect ends |> List.filter Double.IsFinite
    // Some room where all are zero.
    let range = List.fold min 0.0 values, 1.02 * List.fold max 0.05 values

    let lines =
        chart.Panels |> List.map (snd >> List.length) |> List.fold max 0 |> float

    let height = around + lines * line
    let wide = max (left + float chart.Panels.Length * width) (titleWidth chart.Title)

    picture chart.Title wide (top + height) (fun context ->
        for i, p in List.indexed chart.Panels do
            let names = if i = 0 then left else 0.0
            let x = if i = 0 then 0.0 else left + float i * width
            place context x top (names + width) height (panel names range p))
