/// The report of a run as files: curves, a page in Markdown, and one in HTML.
module MtrlFunctional.Cli.Reports.RunPages

open MtrlFunctional.Statistics

/// The page that links to the others.
let main = "report.html"

/// File names and texts, `main` last: if it exists, the report is complete.
let pages run = [
    "curves.svg", Svg.render (RunReport.overview run)
    "tasks.svg", Svg.render (RunReport.perTask run)
    "report.md", RunReport.markdown run
    main, RunReport.html run
]
