/// Panels of curves as one picture.
module MtrlFunctional.Cli.Figures.CurveFigure

open OxyPlot
open OxyPlot.Axes
open OxyPlot.Series
open MtrlFunctional.Statistics
open MtrlFunctional.Cli.Figures.Drawing

/// Size of a panel, in pixels.
let private width, private height = 320.0, 190.0

/// Room for the numbers of the y axis, and for half of the last number of the x axis.
let private left, private right = 46.0, 18.0

let private curve colour (s: Series) : Series.Series =
    let points = [| for struct (x, y) in Series.finite s.Points -> DataPoint(x, y) |]

    match s.Mark with
    | Mark.Line ->
        LineSeries(
            ItemsSource = points,
            Color = colour,
            StrokeThickness = 1.8,
            LineJoin = LineJoin.Round
        )
    | Mark.Dots ->
        LineSeries(
            ItemsSource = points,
            Color = colour,
            StrokeThickness = 1.2,
            LineStyle = LineStyle.Dash,
            MarkerType = MarkerType.Circle,
            MarkerSize = 2.6,
            MarkerFill = colour
        )
    | Mark.Band ->
        let high, low = Array.splitAt (points.Length / 2) points

        let band =
            AreaSeries(Fill = OxyColor.FromAColor(0x29uy, colour), StrokeThickness = 0.0)

        band.Points.AddRange high
        band.Points2.AddRange(Array.rev low)
        band

let private panel colour (p: Panel) =
    let x = axis AxisPosition.Bottom number
    x.Title <- p.XLabel
    x.AxislineStyle <- LineStyle.Solid
    x.MinimumPadding <- 0.0
    x.MaximumPadding <- 0.0
    x.IntervalLength <- 56.0

    let y = axis AxisPosition.Left (if p.Percent then percent else number)
    y.MajorGridlineStyle <- LineStyle.Solid
    y.IntervalLength <- 30.0

    match p.YRange with
    | Some(low, high) ->
        y.Minimum <- low
        y.Maximum <- high
    | None -> ()

    let model = chart (width - left) p.Title [ x; y ]
    model.PlotMargins <- OxyThickness(left, nan, right, nan)
    model.Padding <- OxyThickness(0.0, 8.0, 0.0, 4.0)

    for s in p.Series do
        model.Series.Add(curve (colour s.Name) s)

    if p.Series |> List.forall (fun s -> (Series.finite s.Points).Length = 0) then
        for axis in [ x; y ] do
            axis.Minimum <- 0.0
            axis.Maximum <- 1.0

        note model 0.5 0.5 HorizontalAlignment.Center "nothing recorded"

    model

/// The figure as SVG: the same name has the same colour in all panels.
let svg (figure: Figure) =
    let names = Figure.names figure

    let colour name =
        colour (List.findIndex ((=) name) names)

    let columns = max 1 (min figure.Columns figure.Panels.Length)
    let rows = (figure.Panels.Length + columns - 1) / columns

    let wide =
        List.max [ float columns * width; titleWidth figure.Title; legendWidth names ]

    let top, drawLegend = legend wide names

    picture figure.Title wide (top + float rows * height) (fun context ->
        drawLegend context

        for i, p in List.indexed figure.Panels do
            let x, y = float (i % columns) * width, top + float (i / columns) * height
            place context x y width height (panel colour p))
