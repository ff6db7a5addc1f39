/// A figure as JSON for `charts.js`.
module MtrlFunctional.Cli.Pages.FigureJson

open System
open System.Globalization
open System.IO
open System.Text
open System.Text.Json
open MtrlFunctional.Statistics

let private number (json: Utf8JsonWriter) (x: float) =
    json.WriteRawValue(x.ToString("G6", CultureInfo.InvariantCulture))

let private numbers (json: Utf8JsonWriter) (name: string) values =
    json.WriteStartArray name
    values |> Array.iter (number json)
    json.WriteEndArray()

let private xs points =
    points |> Array.map (fun struct (x, _) -> x)

let private ys points =
    points |> Array.map (fun struct (_, y) -> y)

/// The outline of a band goes up one edge and back the other.
let private band json points =
    let high, low = Array.splitAt (Array.length points / 2) points
    numbers json "x" (xs high)
    numbers json "high" (ys high)
    numbers json "low" (ys low |> Array.rev)

let private series (json: Utf8JsonWriter) colour (s: Series) =
    let points = Series.finite s.Points
    json.WriteStartObject()
    json.WriteString("name", s.Name)
    json.WriteNumber("colour", (colour s.Name: int))

    match s.Mark with
    | Mark.Band ->
        json.WriteString("kind", "band")
        band json points
    | mark ->
        json.WriteString("kind", (if mark = Mark.Dots then "dots" else "line"))
        numbers json "x" (xs points)
        numbers json "y" (ys points)

    json.WriteEndObject()

let private panel (json: Utf8JsonWriter) colour (p: Panel) =
    json.WriteStartObject()
    json.WriteString("title", p.Title)
    json.WriteString("xLabel", p.XLabel)
    json.WriteBoolean("percent", p.Percent)
    json.WriteStartArray "series"
    p.Series |> List.iter (series json colour)
    json.WriteEndArray()
    json.WriteEndObject()

/// The panels with their series, and the names of the legend in the order of their colours. The text can
/// stand inside of an HTML element.
let text (figure: Figure) =
    let names = Figure.names figure
    let colour name = List.findIndex ((=) name) names
    use buffer = new MemoryStream()

    // In braces: the writer is flushed before the text is read.
    (use json = new Utf8JsonWriter(buffer)
     json.WriteStartObject()
     json.WriteStartArray "names"
     names |> List.iter json.WriteStringValue
     json.WriteEndArray()
     json.WriteStartArray "panels"
     figure.Panels |> List.iter (panel json colour)
     json.WriteEndArray()
     json.WriteEndObject())

    Encoding.UTF8.GetString(buffer.ToArray())
