/// `mtrl report FOLDER…`: curves and tables of a run, or of several runs and experiments side by side.
module MtrlFunctional.Cli.Commands.ReportCommand

open System.IO
open Argu
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Statistics
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Reports
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Results.ReportSubjects
open MtrlFunctional.Cli.Show
open MtrlFunctional.Cli.Tables

type Options =
    | [<MainCommand; Mandatory>] Folders of folder: string list
    | Out of folder: string
    | At of step: int64
    | Aggregates of names: string
    | Open
    | Png

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Folders _ ->
                "folders of runs, of experiments with all their seeds, or with experiments below, in any mix"
            | Out _ ->
                "folder for the files (default: the folder of a single run or experiment, with --at its folder at-step-STEP, else comparison beside the first)"
            | At _ -> "compare after this number of steps (default: at the end)"
            | Aggregates _ -> Aggregates.usage + "; in a comparison: in addition to the average"
            | Open -> "open the page in the browser"
            | Png -> "also draw the page as report.png; needs Chromium"

/// Raises MtrlException where a run has no metrics yet.
let private checkHasMetrics (folder: RunFolder) =
    if Seq.isEmpty (MetricsLog.NewestFirst folder.MetricsFile) then
        refuse $"{folder.Path}: nothing to report yet: metrics.jsonl is missing or has no record."

/// Default folder of a comparison: the single given one, at a step a folder in it, else "comparison" next to the first.
let private defaultFolder (paths: string list) (at: int64 option) =
    match paths, at with
    | [ single ], Some at -> Path.Combine(single, $"at-step-{at}")
    | [ single ], None when not (RunFolder single).Exists -> single
    | paths, _ ->
        match Path.GetDirectoryName(RunResults.fullPath paths.Head) with
        | null -> "comparison"
        | parent -> Path.Combine(parent, "comparison")

/// The names of a few rows, else their number.
let private title (rows: ComparedExperiment list) =
    if rows.Length <= 4 then
        rows |> List.map _.Name |> String.concat ", "
    else
        $"Comparison of {rows.Length} experiments"

/// The command that writes the report again.
let private commandOf (options: ParseResults<Options>) =
    let given name =
        Option.toList >> List.collect (fun value -> [ name; string value ])

    Launcher.command [
        "report"
        yield! options.GetResult Folders
        yield! given "--out" (options.TryGetResult Out)
        yield! given "--at" (options.TryGetResult At)
        yield! given "--aggregates" (options.TryGetResult Aggregates)
    ]

let private compare command (paths: string list) subjects out at aggregates =
    let experiments = experiments subjects
    let differences = ConfigurationChanges.differences experiments
    let rows = results experiments differences.Lines subjects

    if rows |> List.forall (_.Seeds >> List.forall _.Evaluations.IsEmpty) then
        refuse "nothing to compare yet: no run has an evaluation."

    let comparison = {
        Title = title rows
        Rows = rows
        At = Option.map float at
        Aggregates = aggregates |> Option.defaultValue [ TaskAggregate.Average ]
    }

    let folder = out |> Option.defaultValue (defaultFolder paths at)

    let context = context command experiments differences subjects
    ReportFiles.ofComparison folder context comparison

let private report command (paths: string list) subjects out at aggregates =
    match paths, subjects, out, at with
    | [ _ ], [ { Path = path; Runs = [ _, run ] } ], _, None when (RunFolder path).Exists ->
        checkHasMetrics run

        {
            ReportFiles.ofRun aggregates run.Path with
                Folder = Option.defaultValue run.Path out
        }
    | _ -> compare command paths subjects out at aggregates

/// Draws and opens a page where it is to be; says where it cannot be drawn. The exit code.
let private show draws opens page =
    let picture = Path.ChangeExtension(page, ".png") |> nonNull

    let drawn = if draws then Some(Browser.draw page 1240 picture) else None

    if opens then
        Browser.openPage page

    match drawn with
    | Some(Error why) ->
        eprintfn $"mtrl: {why}"
        ExitCode.Failed
    | Some(Ok()) ->
        printfn $"{picture}"
        ExitCode.Done
    | None -> ExitCode.Done

let private run (options: ParseResults<Options>) =
    let paths = options.GetResult Folders

    for at in Option.toList (options.TryGetResult At) do
        if at < 0L then
            refuse $"--at {at}: must be a step, at least 0."

    let subjects =
        paths
        |> List.collect ofPath
        |> List.distinctBy (_.Path >> RunResults.realPath)
        |> withNames

    let out = options.TryGetResult Out |> Option.map (Command.checkedFolder "--out")

    let report =
        report
            (commandOf options)
            paths
            subjects
            out
            (options.TryGetResult At)
            (options.TryGetResult Aggregates |> Option.map Aggregates.read)

    ReportFiles.publish out.IsSome report
    |> List.tryLast
    |> Option.map (show (options.Contains Png) (options.Contains Open))
    |> Option.defaultValue ExitCode.Done

let command =
    Command.define
        "report"
        "Writes curves and tables of runs and experiments."
        [
            "mtrl report runs/quickstart/seed-1 --open"
            "mtrl report runs/mt-sac runs/care/seed-1 --out comparison"
            "mtrl report runs/fast-mt10/seed-1 --aggregates median,worst"
        ]
        run
