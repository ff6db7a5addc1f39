/// What all figures share: colours that are legible on white and on black backgrounds, axes, and the picture.
///
/// Figures are drawn by OxyPlot, as SVG without script, font or background of its own.
module MtrlFunctional.Cli.Figures.Drawing

open System
open System.Globalization
open System.IO
open System.Net
open System.Text
open OxyPlot
open OxyPlot.Annotations
open OxyPlot.Axes

[<Literal>]
let private Font = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"

let private bold, private regular = 600.0, 400.0

/// Middle tones: at least 3 : 1 against white and against #0d1117.
let private palette =
    [|
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
    |> Array.map OxyColor.Parse

let colour i = palette[i % palette.Length]

let private ink = OxyColor.Parse "#768390"
let private gridlines = OxyColor.FromAColor(0x33uy, ink)

/// A number of an axis whose largest one is given, which decides the unit: "0.25", "15 k", "2 M".
let number (largest: float) (x: float) =
    let short (x: float) =
        x.ToString("0.######", CultureInfo.InvariantCulture)

    if x = 0.0 then
        "0"
    elif largest >= 1e6 then
        $"{short (Math.Round(x / 1e6, 3))} M"
    elif largest >= 1e4 then
        $"{short (Math.Round(x / 1e3, 3))} k"
    elif abs x < 1e-5 then
        x.ToString("0.#e0", CultureInfo.InvariantCulture)
    else
        short x

/// "25 %" of a fraction.
let percent (_: float) (x: float) =
    (100.0 * x).ToString("0.##", CultureInfo.InvariantCulture) + " %"

/// Estimated width of a text in the widest of the usual fonts, in pixels.
let textWidth size (text: string) = 0.62 * size * float text.Length

/// Room at both sides of a title.
let private margin = 46.0

/// Width of a picture that its title needs, in pixels.
let titleWidth (title: string) = 2.0 * margin + textWidth 15.0 title

/// An axis with numbers, with gridlines if it is vertical.
let axis (position: AxisPosition) (format: float -> float -> string) =
    let axis =
        LinearAxis(
            Position = position,
            FontSize = 10.0,
            TitleFontSize = 10.0,
            AxisTitleDistance = 8.0,
            MinorTickSize = 0.0,
            MajorTickSize = 0.0,
            AxislineColor = ink,
            MajorGridlineColor = gridlines
        )

    axis.LabelFormatter <- fun x -> format (max (abs axis.ActualMinimum) (abs axis.ActualMaximum)) x

    axis

/// An axis with a name for each whole number from 0 on, the first one on top or on the left.
let names (position: AxisPosition) size (names: string seq) =
    let axis =
        CategoryAxis(
            Position = position,
            FontSize = size,
            GapWidth = 0.0,
            MinorTickSize = 0.0,
            MajorTickSize = 0.0,
            AxislineColor = ink
        )

    axis.Labels.AddRange names

    if axis.IsVertical() then
        axis.StartPosition <- 1.0
        axis.EndPosition <- 0.0

    axis

/// An empty chart with its axes; a title with more than `room` pixels gets smaller letters.
let chart room (title: string) (axes: Axis list) =
    let size = 12.5 * min 1.0 (room / max 1.0 (textWidth 12.5 title)) |> max 7.0

    let model =
        PlotModel(
            Title = title,
            TitleFontSize = size,
            TitleFontWeight = bold,
            DefaultFont = Font,
            TextColor = ink,
            Padding = OxyThickness 0.0,
            PlotAreaBorderThickness = OxyThickness 0.0
        )

    axes |> List.iter model.Axes.Add
    model

/// A text in a chart, in its coordinates.
let note (model: PlotModel) x y alignment (text: string) =
    TextAnnotation(
        Text = text,
        TextPosition = DataPoint(x, y),
        TextHorizontalAlignment = alignment,
        TextVerticalAlignment = VerticalAlignment.Middle,
        Stroke = OxyColors.Transparent,
        FontSize = 11.0
    )
    |> model.Annotations.Add

/// Draws a chart with its corner at (x, y), in pixels.
let place (context: IRenderContext) x y width height (model: PlotModel) =
    let plot = model :> IPlotModel
    plot.Update true
    plot.Render(context, OxyRect(x, y, width, height))

let private text (context: IRenderContext) x y size weight (text: string) =
    context.DrawText(
        ScreenPoint(x, y),
        text,
        ink,
        Font,
        size,
        weight,
        0.0,
        HorizontalAlignment.Left,
        VerticalAlignment.Middle
    )

/// Names with their colours, below the title, in as many lines as the width requires; `draw` draws them. Returns the
/// lower end in pixels: of the names, or of the title for fewer than two names.
let legend width (names: string list) =
    let step (x, y) (name: string) =
        let length = 40.0 + textWidth 11.0 name

        let x, y =
            if x > margin && x + length > width then
                margin, y + 18.0
            else
                x, y

        (name, x, y), (x + length, y)

    let places =
        if names.Length > 1 then
            List.mapFold step (margin, 42.0) names |> fst
        else
            []

    let draw (context: IRenderContext) =
        for i, (name, x, y) in List.indexed places do
            let mark = OxyRect(x, y - 2.0, 14.0, 4.0)

            context.DrawRectangle(
                mark,
                colour i,
                OxyColors.Undefined,
                0.0,
                EdgeRenderingMode.Automatic
            )

            text context (x + 20.0) y 11.0 regular name

    match List.tryLast places with
    | Some(_, _, y) -> y + 14.0, draw
    | None -> 34.0, draw

/// Width that the longest name of a legend needs, in pixels.
let legendWidth (names: string list) =
    names
    |> List.map (fun name -> margin + 40.0 + textWidth 11.0 name)
    |> List.fold max 0.0

/// The picture with its title, as SVG. The same picture gives the same text.
let picture (title: string) width height (draw: IRenderContext -> unit) =
    use stream = new MemoryStream()
    let ruler = PdfRenderContext(width, height, OxyColors.Undefined)

    // The context writes the end of the SVG when it is disposed of.
    (use context =
        new SvgRenderContext(stream, width, height, false, ruler, OxyColors.Undefined, true)

     text context margin 18.0 15.0 bold title
     draw context
     context.Complete()
     context.Flush())

    let svg = Encoding.UTF8.GetString(stream.ToArray())
    let root = svg.Substring(svg.IndexOf("<svg", StringComparison.Ordinal))

    let inPixels (x: float) =
        x.ToString("0.##", CultureInfo.InvariantCulture)

    // The title is for readers of a screen; the box lets pages scale the picture.
    root
        .Insert(root.IndexOf '>' + 1, $"\n  <title>{WebUtility.HtmlEncode title}</title>")
        .Insert("<svg".Length, $" viewBox=\"0 0 {inPixels width} {inPixels height}\" role=\"img\"")
