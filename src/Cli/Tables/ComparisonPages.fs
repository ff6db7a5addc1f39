/// A comparison of experiments as text and as files: tables, intervals and curves.
module MtrlFunctional.Cli.Tables.ComparisonPages

open MtrlFunctional.Statistics
open MtrlFunctional.Cli.Figures
open MtrlFunctional.Cli.Pages

/// What a comparison contains besides measurements.
type ComparisonContext = {
    /// A line for each key with different values in some rows.
    Differences: Grid
    /// Commands with what they do.
    Commands: (string * string) list
    /// Name, media type and content.
    Videos: (string * string * byte[]) list
}

/// Without differences, commands and videos.
let bare = { Differences = { Headings = []; Lines = [] }; Commands = []; Videos = [] }

/// The page with the table in Markdown.
let main = "table.md"

/// The page that stands alone.
let html = "report.html"

let private grid grid = Table(grid, [])

let private page (findings: Findings) (context: ComparisonContext) : Page =
    let comparison, rows = findings.Comparison, findings.Rows

    {
        Title = comparison.Title
        Sections = [
            {
                Heading = ""
                Parts =
                    grid (ComparisonTable.overview rows)
                    :: List.map Note (ComparisonTable.remarks findings)
            }
            { Heading = "Curves"; Parts = [ Charts(ComparisonFigures.curves comparison) ] }
            {
                Heading = "Intervals"
                Parts = [ Picture(IntervalFigure.svg (ComparisonFigures.intervals findings)) ]
            }
            {
                Heading = "Success (ever) of each task"
                Parts = [
                    grid (ComparisonTable.perTask rows)
                    Charts(ComparisonFigures.perTask comparison)
                ]
            }
            if not findings.Improvements.IsEmpty then
                {
                    Heading =
                        "Probability of improvement on the same task (ever; equal counts half)"
                    Parts = [ grid (ComparisonTable.improvements findings.Improvements) ]
                }
            if not context.Differences.Lines.IsEmpty then
                {
                    Heading = "Configuration: keys that differ"
                    Parts = [ Texts context.Differences ]
                }
            if context.Videos <> [] then
                { Heading = "Latest videos"; Parts = List.map Video context.Videos }
            if context.Commands <> [] then
                { Heading = "Commands"; Parts = [ Commands context.Commands ] }
        ]
    }

/// The text for the terminal, and names and texts of the files, `main` last.
let pages context (comparison: Comparison) =
    let findings = Comparison.summarise comparison
    let text = ComparisonTable.text findings

    text,
    [
        "table.txt", text
        "intervals.svg", IntervalFigure.svg (ComparisonFigures.intervals findings)
        "curves.svg", CurveFigure.svg (ComparisonFigures.curves comparison)
        "tasks.svg", CurveFigure.svg (ComparisonFigures.perTask comparison)
        html, PageHtml.text (page findings context)
        main, ComparisonTable.markdown findings
    ]
