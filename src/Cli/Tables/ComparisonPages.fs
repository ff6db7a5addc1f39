/// A comparison of experiments as text and as files: tables, intervals and curves.
module MtrlFunctional.Cli.Tables.ComparisonPages

open MtrlFunctional.Statistics

/// The page with the table in Markdown.
let main = "table.md"

/// The text for the terminal, and names and texts of the files, `main` last.
let pages (comparison: Comparison) =
    let findings = Comparison.summarise comparison
    let text = ComparisonTable.text findings

    text,
    [
        "table.txt", text
        "intervals.svg", IntervalChart.svg (ComparisonFigures.intervals findings)
        "curves.svg", Svg.render (ComparisonFigures.curves comparison)
        "tasks.svg", Svg.render (ComparisonFigures.perTask comparison)
        main, ComparisonTable.markdown findings
    ]
