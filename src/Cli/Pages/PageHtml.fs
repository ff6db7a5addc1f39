/// A page as one HTML file: styles, scripts, data and videos inside of it.
///
/// Reading order: part → section → text.
module MtrlFunctional.Cli.Pages.PageHtml

open System
open System.Net
open MtrlFunctional.Statistics

let private escape (s: string) = string (WebUtility.HtmlEncode s)

let private row tag (cells: string list) =
    let inner =
        cells
        |> List.map (fun cell -> $"<{tag}>{escape cell}</{tag}>")
        |> String.concat ""

    $"<tr>{inner}</tr>"

let private table kind (grid: Grid) foot = [
    $"<div class=\"scroll\"><table class=\"{kind}\"><thead>"
    row "th" grid.Headings
    "</thead><tbody>"
    yield! List.map (row "td") grid.Lines
    "</tbody>"
    if not (List.isEmpty foot) then
        "<tfoot>"
        yield! List.map (row "td") foot
        "</tfoot>"
    "</table></div>"
]

let private part part =
    match part with
    | Facts facts -> [
        "<dl>"
        for name, value in facts do
            $"<dt>{escape name}</dt><dd>{escape value}</dd>"
        "</dl>"
      ]
    | Table(grid, foot) -> table "numbers" grid foot
    | Texts grid -> table "texts" grid []
    | Charts figure -> [
        let size = if figure.Columns >= 5 then "charts small" else "charts"

        "<div class=\"figure\"><div class=\"legend\"></div>"
        $"<div class=\"{size}\"></div>"
        $"<script type=\"application/json\">{FigureJson.text figure}</script></div>"
      ]
    | Picture svg -> [ $"<div class=\"scroll\">{svg}</div>" ]
    | Note text -> [ $"<p class=\"muted\">{escape text}</p>" ]
    | Commands commands -> [
        "<dl class=\"commands\">"
        for what, command in commands do
            $"<dt>{escape what}</dt><dd><code>{escape command}</code></dd>"
        "</dl>"
      ]
    | Video(name, kind, content) -> [
        let data = $"data:{kind};base64,{Convert.ToBase64String content}"

        if kind = "image/gif" then
            $"<figure><img class=\"video\" src=\"{data}\" alt=\"{escape name}\"><figcaption class=\"muted\">{escape name}</figcaption></figure>"
        else
            $"<figure><video controls loop muted playsinline src=\"{data}\"></video><figcaption class=\"muted\">{escape name}</figcaption></figure>"
      ]

let private section (section: Section) = [
    "<section>"
    if section.Heading <> "" then
        $"<h2>{escape section.Heading}</h2>"
    yield! List.collect part section.Parts
    "</section>"
]

/// The page; the same page gives the same text.
let text (page: Page) =
    let style name =
        $"<style>{EmbeddedFiles.text name}</style>"

    let script name =
        $"<script>{EmbeddedFiles.text name}</script>"

    let licence = EmbeddedFiles.text "LICENSE"

    [
        "<!doctype html>"
        "<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        $"<title>{escape page.Title}</title>"
        $"<!-- Charts: uPlot.\n{licence} -->"
        yield! List.map style [ "uPlot.css"; "page.css"; "report.css" ]
        "</head><body>"
        $"<h1>{escape page.Title}</h1>"
        if page.Sections |> List.exists (_.Parts >> List.exists _.IsCharts) then
            "<noscript><p>The charts need scripts; curves.svg and tasks.svg beside this page do not.</p></noscript>"
        yield! List.collect section page.Sections
        yield! List.map script [ "uPlot.js"; "charts.js"; "report.js" ]
        "</body></html>"
        ""
    ]
    |> String.concat "\n"
