/// A figure as JSON for `charts.js`.
module MtrlFunctional.Cli.Pages.FigureJson

open MtrlFunctional.Statistics

let private xs points = [| for struct (x, _) in points -> x |]

let private ys points = [| for struct (_, y) in points -> y |]

let private series colour (s: Series) : obj =
    let points = Series.finite s.Points
    let name, colour = s.Name, (colour s.Name: int)

    match s.Mark with
    | Mark.Band ->
        // The outline of a band goes up one edge and back the other.
        let high, low = Array.splitAt (points.Length / 2) points

        {|
            name = name
            colour = colour
            kind = "band"
            x = xs high
            high = ys high
            low = Array.rev (ys low)
        |}
    | mark ->
        let kind = if mark = Mark.Dots then "dots" else "line"
        {| name = name; colour = colour; kind = kind; x = xs points; y = ys points |}

/// The panels with their series, and the names of the legend in the order of their colours. The text can
/// stand inside of an HTML element.
let text (figure: Figure) =
    let names = Figure.names figure
    let colour name = List.findIndex ((=) name) names

    PageData.json {|
        names = names
        panels = [
            for panel in figure.Panels ->
                {|
                    title = panel.Title
                    xLabel = panel.XLabel
                    percent = panel.Percent
                    series = List.map (series colour) panel.Series
                |}
        ]
    |}
