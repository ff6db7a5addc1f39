/// Cosines of the tasks' gradients as a heat map: all pairs in the first and in the last third of a run, and the worst pairs
/// update by update.
///
/// Blue pairs agree, red ones are in conflict. Zero is transparent, so that it is neutral on white and on black backgrounds.
///
/// Reading order: limit, colours → map → matrix, worst → svg.
module MtrlFunctional.Cli.Figures.ConflictFigure

open System
open OxyPlot
open OxyPlot.Axes
open OxyPlot.Series
open MtrlFunctional.Statistics
open MtrlFunctional.Surgery
open MtrlFunctional.Cli.Figures.Drawing

/// Number of pairs drawn over time, and largest number of columns.
let private shownPairs, private shownMoments = 15, 80

/// Height of a pair over time, and room for title and numbers, in pixels.
let private line, private around = 18.0, 66.0

/// Room between matrices, and for the colours, in pixels.
let private gap, private colourRoom = 24.0, 60.0

let private titleHeight, private numberHeight = 24.0, 8.0

/// Absolute cosine of the full colour; nearly all are smaller.
let private limit (cosines: float seq) =
    match cosines |> Seq.filter Double.IsFinite |> Seq.map abs |> Seq.sort |> Seq.toArray with
    | [||] -> 1.0
    | sizes ->
        let large = sizes[int (0.98 * float (sizes.Length - 1))]
        ceil (large * 10.0 - 1e-9) / 10.0 |> max 0.1 |> min 1.0

/// From opposed by way of transparent to agreeing.
let private colours =
    let agreeing, opposed = colour 0, colour 3

    OxyPalette [
        for i in -50 .. 50 ->
            OxyColor.FromAColor(byte (255 * abs i / 50), (if i < 0 then opposed else agreeing))
    ]

/// Adds the cosines [columns, lines] to a chart, and their colours at a place beside it; those that were not measured are
/// empty. The columns lie between these ends on the x axis.
let private map limit scale (first, last) (cosines: float[,]) (model: PlotModel) =
    LinearColorAxis(
        Position = scale,
        Palette = colours,
        Minimum = -limit,
        Maximum = limit,
        MajorStep = limit,
        MinorTickSize = 0.0,
        InvalidNumberColor = OxyColors.Transparent,
        LabelFormatter = Func<_, _>(number limit),
        FontSize = 10.0,
        Title = "cosine",
        TitleFontSize = 10.0
    )
    |> model.Axes.Add

    HeatMapSeries(
        Data = cosines,
        CoordinateDefinition = HeatMapCoordinateDefinition.Edge,
        X0 = first,
        X1 = last,
        Y0 = -0.5,
        Y1 = float (Array2D.length2 cosines) - 0.5,
        Interpolate = false,
        RenderMethod = HeatMapRenderMethod.Rectangles,
        EdgeRenderingMode = EdgeRenderingMode.PreferSharpness
    )
    |> model.Series.Add

    model.PlotAreaBorderThickness <- OxyThickness 1.0
    model.PlotAreaBorderColor <- model.TextColor

/// Side of a cell and size of letters in a matrix of so many tasks, in pixels.
let private sizes tasks =
    if tasks <= 12 then 26.0, 11.0
    elif tasks <= 25 then 16.0, 10.0
    else 11.0, 9.0

/// Room for the longest of some names.
let private room size (names: string seq) =
    10.0 + (names |> Seq.map (textWidth size) |> Seq.fold max 0.0)

/// All pairs, with the tasks above; with their names on the left, or the colours on the right, where there is room.
let private matrix limit left right (tasks: string list) title (cosines: float[]) =
    let _, letters = sizes tasks.Length
    let above = names AxisPosition.Top letters tasks
    above.Angle <- -90.0

    let beside =
        names AxisPosition.Left letters [ for task in tasks -> if left > 0.0 then task else "" ]

    let model = chart infinity title [ above; beside ]
    model.PlotMargins <- OxyThickness(left, titleHeight + room letters tasks, right, numberHeight)

    let cells =
        Array2D.init tasks.Length tasks.Length (fun i j ->
            if i = j then nan else cosines[Agreement.place i j])

    let scale =
        if right > 0.0 then
            AxisPosition.Right
        else
            AxisPosition.None

    map limit scale (-0.5, float tasks.Length - 0.5) cells model
    model

/// The worst pairs update by update, with room on the left for their names.
let private worst limit left (records: ConflictRecord list) (pairs: ConflictingPair list) names =
    // Means of runs of neighbours, oldest first.
    let moments =
        records
        |> List.splitInto (min shownMoments records.Length)
        |> List.map Conflicts.meanCosines
        |> Array.ofList

    let first, last = float records.Head.Update, float (List.last records).Update
    let updates = axis AxisPosition.Bottom number
    updates.Title <- "updates"
    updates.MinimumPadding <- 0.0
    updates.MaximumPadding <- 0.0
    let beside = Drawing.names AxisPosition.Left 11.0 names

    let model = chart infinity "worst pairs, update by update" [ updates; beside ]

    model.PlotMargins <- OxyThickness(left, nan, colourRoom, nan)

    Array2D.init moments.Length pairs.Length (fun i j -> moments[i][pairs[j].Place])
    |> fun cells -> map limit AxisPosition.None (first, max last (first + 1.0)) cells model

    model

/// The records of one part, oldest first, of these tasks, as SVG; there is at least one.
let svg title (tasks: string list) (records: ConflictRecord list) =
    let panels =
        match Conflicts.thirds records with
        | Some(first, last) -> [
            "first third", Conflicts.meanCosines first
            "last third", Conflicts.meanCosines last
          ]
        | None -> [ "mean", Conflicts.meanCosines records ]

    let limit = panels |> Seq.collect snd |> limit

    let pairs = (Conflicts.summary tasks records).Pairs |> List.truncate shownPairs

    let names = [ for pair in pairs -> $"{fst pair.Tasks} × {snd pair.Tasks}" ]
    let side, letters = sizes tasks.Length
    let whole = side * float tasks.Length
    let left = max (room letters tasks) (room 11.0 names)
    let across = max 420.0 (float panels.Length * (whole + gap))
    let top, below = 34.0, titleHeight + room letters tasks + whole + numberHeight
    let height = around + line * float pairs.Length
    let width = left + across + colourRoom

    picture title width (top + below + height) (fun context ->
        for i, (title, cosines) in List.indexed panels do
            let names = if i = 0 then left else 0.0
            let right = if i = panels.Length - 1 then colourRoom else 0.0
            let x = if i = 0 then 0.0 else left + float i * (whole + gap)

            matrix limit names right tasks title cosines
            |> place context x top (names + whole + right + 1.0) below

        if not pairs.IsEmpty then
            worst limit left records pairs names
            |> place context 0.0 (top + below) width height)
