/// Files of the live page.
module MtrlFunctional.Cli.Watch.PageFiles

open MtrlFunctional.Cli.Pages
open MtrlFunctional.Cli.Play

/// Contents and types by the path after the token.
let byPath =
    let names =
        "watch.html page.css watch.css watch.js series.js policy.js charts.js uPlot.js uPlot.css LICENSE"

    Map [
        for name in names.Split ' ' do
            (if name = "watch.html" then "" else name),
            (EmbeddedFiles.bytes name, PlayFiles.kind name)
    ]
