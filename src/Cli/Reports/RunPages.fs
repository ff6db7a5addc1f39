/// The report of a run as files: curves, a page in Markdown, and one in HTML.
module MtrlFunctional.Cli.Reports.RunPages

open MtrlFunctional.Statistics
open MtrlFunctional.Cli.Figures
open MtrlFunctional.Cli.Pages

/// What a report contains besides measurements.
type RunContext = {
    /// Keys with values other than the defaults.
    Changed: (string * string) list
    /// Commands with what they do.
    Commands: (string * string) list
    /// Name, media type and content.
    Video: (string * string * byte[]) option
}

/// The page that stands alone.
let main = "report.html"

let private meaning =
    "Success and return: last evaluation, on environments of its own. \"Ever\": at any step of the episode; \"at end\": at its last step."

let private page (run: ReportedRun) (context: RunContext) : Page = {
    Title = run.Title
    Sections = [
        { Heading = ""; Parts = [ Facts run.Facts; Charts(RunReport.overview run) ] }
        { Heading = "Tasks"; Parts = [ Table(RunReport.table run); Note meaning ] }
        {
            Heading = "Success (ever) of each task"
            Parts = [ Charts(RunReport.perTask run) ]
        }
        match context.Video with
        | Some video -> { Heading = "Latest video"; Parts = [ Video video ] }
        | None -> ()
        if context.Changed <> [] then
            {
                Heading = "Configuration: values other than the defaults"
                Parts = [
                    Texts {
                        Headings = [ "key"; "value" ]
                        Lines = [ for key, value in context.Changed -> [ key; value ] ]
                    }
                ]
            }
        { Heading = "Commands"; Parts = [ Commands context.Commands ] }
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
