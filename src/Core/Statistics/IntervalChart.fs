namespace MtrlFunctional.Statistics

open System
open System.Text

/// A fraction and how far it may be off.
type IntervalPoint = { Name: string; Value: float; Interval: Aggregate.Interval option }

/// Panels beside each other with the same names on the left, a line for each.
type IntervalChart = {
    Title: string
    /// Their titles and points; the names are those of the first panel.
    Panels: (string * IntervalPoint list) list
}

/// The chart as SVG, in the colours of `Svg.render`.
module IntervalChart =
    open Svg

    [<Literal>]
    let private Width = 310.0

    [<Literal>]
    let private Line = 28.0

    let private top, private bottom = 70.0, 30.0

    /// Upper end of the axis from zero, the same for all panels.
    let private axis (points: IntervalPoint list) =
        Axis.over 4 [
            0.0
            // Some room where all are zero.
            0.05
            for p in points do
                p.Value

                match p.Interval with
                | Some i ->
                    i.Low
                    i.High
                | None -> ()
        ]

    let private panel
        (out: StringBuilder)
        (axis: Axis.Axis)
        x0
        height
        (title: string, points: IntervalPoint list)
        =
        let l, r = x0 + 14.0, x0 + Width - 30.0

        let px x =
            l + (x - axis.Low) / (axis.High - axis.Low) * (r - l)

        text out l 52.0 (fitting 12.5 (Width - 18.0) title) "start" "600" title

        for tick in Axis.ticks axis do
            rule out (px tick) (top - 6.0) (px tick) (height - bottom) grid
            text out (px tick) (height - 12.0) 10.0 "middle" "400" (percent tick)

        points
        |> List.iteri (fun i p ->
            let y = top + (float i + 0.5) * Line
            let colour = palette[i % palette.Length]

            match p.Interval with
            | Some interval ->
                out.Append(
                    $"<line x1=\"{n (px interval.Low)}\" y1=\"{n y}\" x2=\"{n (px interval.High)}\" y2=\"{n y}\""
                    + $" stroke=\"{colour}\" stroke-width=\"8\" stroke-opacity=\"0.45\"/>\n"
                )
                |> ignore
            | None -> ()

            if Double.IsFinite p.Value then
                out.Append(
                    $"<circle cx=\"{n (px p.Value)}\" cy=\"{n y}\" r=\"4\" fill=\"{colour}\"/>\n"
                )
                |> ignore
            else
                text out l (y + 3.5) 10.0 "start" "400" "nothing recorded")

    /// The whole chart. The same chart gives the same text.
    let svg (chart: IntervalChart) =
        let names =
            match chart.Panels with
            | [] -> []
            | (_, points) :: _ -> [ for p in points -> p.Name ]

        let left = 30.0 + (names |> List.map (textWidth 11.5) |> List.fold max 0.0)

        let width =
            max (left + float chart.Panels.Length * Width) (60.0 + textWidth 15.0 chart.Title)

        let height = top + float names.Length * Line + bottom
        let axis = chart.Panels |> List.collect snd |> axis
        let out = StringBuilder()
        start out width height chart.Title

        names
        |> List.iteri (fun i name ->
            text out (left - 6.0) (top + (float i + 0.5) * Line + 4.0) 11.5 "end" "400" name)

        chart.Panels
        |> List.iteri (fun i p -> panel out axis (left + float i * Width) height p)

        out.Append("</svg>\n").ToString()
