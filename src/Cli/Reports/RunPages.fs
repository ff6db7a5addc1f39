/// The report of a run as files: curves, a page in Markdown, and one in HTML.
module MtrlFunctional.Cli.Reports.RunPages

open MtrlFunctional.Statistics
open MtrlFunctional.Cli.Figures
open MtrlFunctional.Cli.Pages

/// The page that stands alone.
let main = "report.html"

let private meaning =
    "Success and return: last evaluation. \"Ever\": at any step of the episode; \"at end\": at its last step."

let private page (run: ReportedRun) (context: PageContext) : Page = {
    Title = run.Title
    Sections = [
        { Heading = ""; Parts = [ Facts run.Facts; Charts(RunReport.overview run) ] }
        { Heading = "Tasks"; Parts = [ Table(RunReport.table run); Note meaning ] }
        {
            Heading = "Success (ever) of each task"
            Parts = [ Charts(RunReport.perTask run) ]
        }
        yield! context.Sections "values other than the defaults"
    ]
}

/// File names and texts, `main` last: if it exists, the report is complete.
let pages (run: ReportedRun) context = [
    "curves.svg", CurveFigure.svg (RunReport.overview run)
    "tasks.svg", CurveFigure.svg (RunReport.perTask run)
    "report.md", RunReport.markdown run
    main, PageHtml.text (page run context)
]

/// The table of the tasks for a terminal.
let text (run: ReportedRun) =
    run.Title :: Grid.aligned 1 "   " (RunReport.whole (RunReport.table run))
    @ [ "" ]
    |> String.concat "\n"
