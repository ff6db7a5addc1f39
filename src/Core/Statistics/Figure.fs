namespace MtrlFunctional.Statistics

/// How the points of a series are drawn.
[<RequireQualifiedAccess>]
type Mark =
    | Line
    /// A dot per point, joined by a dashed line: few, separate measurements.
    | Dots
    /// A faint band, such as an error's: the points of the upper edge, then of the lower edge, backwards.
    | Band

/// Named points of one quantity, in the order of x. Points that are not finite are left out.
type Series = {
    /// Same name, same colour, in every panel of a figure.
    Name: string
    Mark: Mark
    Points: struct (float * float)[]
}

/// One chart with its axes.
type Panel = {
    Title: string
    /// Below the x axis; empty: none.
    XLabel: string
    /// Fixed limits of the y axis; none: the limits of the points.
    YRange: (float * float) option
    /// Values of y are fractions, drawn as percentages.
    Percent: bool
    Series: Series list
}

/// Panels side by side under one title and one legend.
type Figure = { Title: string; Columns: int; Panels: Panel list }

/// A fraction and how far it may be off.
type IntervalPoint = { Name: string; Value: float; Interval: Aggregate.Interval option }

/// Panels beside each other with the same names on the left, a line for each.
type IntervalChart = {
    Title: string
    /// Titles and points of the panels; the first panel determines the names.
    Panels: (string * IntervalPoint list) list
}

module Figure =
    /// Names of series, in the order of their first panels.
    let names (figure: Figure) =
        figure.Panels |> List.collect _.Series |> List.map _.Name |> List.distinct

/// Preparing series for a figure.
module Series =
    /// Mean over the last `window` values at each point, fewer at the start.
    let movingAverage window (points: struct (float * float)[]) =
        let mutable sum = 0.0

        points
        |> Array.mapi (fun i struct (x, y) ->
            sum <- sum + y

            if i >= window then
                let struct (_, old) = points[i - window]
                sum <- sum - old

            struct (x, sum / float (min window (i + 1))))

    /// At most `count` points: means of equal runs of neighbours.
    let thin count (points: struct (float * float)[]) =
        if points.Length <= count then
            points
        else
            points
            |> Array.splitInto count
            |> Array.map (fun run ->
                struct (run |> Array.averageBy (fun struct (x, _) -> x),
                        run |> Array.averageBy (fun struct (_, y) -> y)))

    /// Those points of which both numbers are finite.
    let finite (points: struct (float * float)[]) =
        points
        |> Array.filter (fun struct (x, y) -> System.Double.IsFinite x && System.Double.IsFinite y)
