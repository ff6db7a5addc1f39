/// A comparison of experiments as text and as files: tables, intervals and curves.
module MtrlFunctional.Cli.Tables.ComparisonPages

open MtrlFunctional.Statistics
open MtrlFunctional.Cli.Figures
open MtrlFunctional.Cli.Pages

/// The page with the table in Markdown.
let main = "table.md"

/// The page that stands alone.
let html = "report.html"

let private grid grid = Table(grid, [])

let private page (findings: Findings) (context: PageContext) : Page =
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
            yield! context.Sections "keys that differ"
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
