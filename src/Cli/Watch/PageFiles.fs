/// Files of the live page.
module MtrlFunctional.Cli.Watch.PageFiles

open MtrlFunctional.Cli.Pages

/// Contents and types by the path after the token.
let byPath =
    Map [
        for path, name, kind in
            [
                "", "watch.html", "text/html"
                "page.css", "page.css", "text/css"
                "watch.css", "watch.css", "text/css"
                "watch.js", "watch.js", "text/javascript"
                "series.js", "series.js", "text/javascript"
                "policy.js", "policy.js", "text/javascript"
                "charts.js", "charts.js", "text/javascript"
                "uPlot.js", "uPlot.js", "text/javascript"
                "uPlot.css", "uPlot.css", "text/css"
                "LICENSE", "LICENSE", "text/plain"
            ] do
            path, (EmbeddedFiles.bytes name, kind + "; charset=utf-8")
    ]
