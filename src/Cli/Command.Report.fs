/// `mtrl report RUN…`: curves and tables of runs, from their metrics.
module Mtrl.Cli.ReportCommand

open System.IO
open Argu
open MtrlFunctional
open Mtrl.Statistics
open Mtrl.Cli.Display

type Options =
    | [<MainCommand; Mandatory>] Runs of folder: string list

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Runs _ -> "folders of runs, e.g. runs/metaworld/seed-1"

/// The facts that the records themselves show.
let private facts records : RunReport.Facts =
    let last = records |> List.map _.Step |> List.fold max 0.0 |> int64 |> Format.count

    let evaluations =
        records |> List.filter (fun r -> r.Mode = RunRecord.Eval) |> List.length

    [ "steps", last; "evaluations", string evaluations ]

/// Writes `curves.svg`, `tasks.svg`, `report.md` and `report.html` into the folder of a run;
/// returns the path of the page.
let write (folder: string) (extra: RunReport.Facts) =
    let records = RunFolder.records folder
    let title = RunFolder.title folder
    let facts = extra @ facts records

    let save (name: string) (text: string) =
        let path = Path.Combine(folder, name)
        File.WriteAllText(path, text)
        path

    save "curves.svg" (Svg.render (RunReport.overview title records)) |> ignore

    save "tasks.svg" (Svg.render (RunReport.perTask "Success (ever) of each task" records))
    |> ignore

    save "report.md" (RunReport.markdown title facts records) |> ignore
    save "report.html" (RunReport.html title facts records)

let private run (options: ParseResults<Options>) =
    for folder in options.GetResult Runs do
        printfn $"{write folder []}"

    ExitCode.Done

let command =
    Command.define
        "report"
        "Writes curves and tables of a run (HTML, Markdown, SVG)."
        [ "mtrl report runs/metaworld/seed-1" ]
        run
