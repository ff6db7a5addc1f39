/// `mtrl report RUN…`: curves and tables of runs, from their metrics.
module Mtrl.Cli.ReportCommand

open System.IO
open Argu
open MtrlFunctional
open MtrlFunctional.Storage
open Mtrl.Experiments
open Mtrl.Statistics
open Mtrl.Cli.Display

type Options =
    | [<MainCommand; Mandatory>] Runs of folder: string list

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Runs _ -> "folders of runs, e.g. runs/quickstart/seed-1"

let private record (r: MetricsRecord) : RunRecord = {
    Mode = r.Mode
    Step = float r.Step
    Numbers = Map [ for value in r.Values -> value.Key, value.Value ]
}

let private experimentOf (folder: RunFolder) =
    match Experiment.load (folder.ReadConfig()) with
    | Ok experiment -> experiment
    | Error mistakes ->
        let why = mistakes |> List.map string |> String.concat " "
        raise (MtrlException $"{folder.ConfigFile}: {why}")

/// What results must not be compared without.
let private facts (e: Experiment) =
    let keys = [
        "env.name"
        "env.reward_version"
        "env.horizon"
        "env.goals"
        "env.goal_selection"
        "experiment.num_eval_episodes"
        "setup.seed_ref"
    ]

    let values = Map(Experiment.values e)

    [
        "agent", Choices.nameOf Choices.agents e.Choices.Agent
        "fidelity", Choices.nameOf Choices.fidelities e.Choices.Fidelity
        for switch, value in Experiment.switched e do
            switch, ValueText.print value
        for key in keys do
            match Map.tryFind key values with
            | Some value -> key, ValueText.print value
            | None -> ()
    ]

/// "mt10/seed-1", whatever the path looks like.
let private title (folder: string) =
    let full = DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath folder))

    match full.Parent with
    | null -> full.Name
    | parent -> $"{parent.Name}/{full.Name}"

let private read (folder: RunFolder) =
    let experiment = experimentOf folder
    let records = MetricsLog.Read folder.MetricsFile |> Seq.map record |> Seq.toList
    let steps = records |> List.map _.Step |> List.fold max 0.0

    {
        Title = title folder.Path
        Facts = facts experiment @ [ "steps", Format.count steps ]
        Tasks = experiment.Environment.Tasks
        Evaluated = Experiment.evaluatedTasks experiment
        Records = records
    }

/// Writes `curves.svg`, `tasks.svg`, `report.md` and `report.html` into the folder of a run;
/// returns the path of the page.
let write (path: string) =
    let folder = RunFolder.Existing path
    let run = read folder
    folder.WriteText("curves.svg", Svg.render (RunReport.overview run))
    folder.WriteText("tasks.svg", Svg.render (RunReport.perTask run))
    folder.WriteText("report.md", RunReport.markdown run)
    folder.WriteText("report.html", RunReport.html run)
    Path.Combine(folder.Path, "report.html")

/// A run that has only just begun has no metrics, or not even their file.
let private checkBegun path =
    let folder = RunFolder.Existing path
    experimentOf folder |> ignore

    if
        not (File.Exists folder.MetricsFile)
        || Seq.isEmpty (MetricsLog.Read folder.MetricsFile)
    then
        raise (
            MtrlException
                $"{path}: nothing to report yet (metrics.jsonl is missing or has no line)."
        )

let private run (options: ParseResults<Options>) =
    for folder in options.GetResult Runs do
        checkBegun folder
        printfn $"{write folder}"

    ExitCode.Done

let command =
    Command.define
        "report"
        "Writes curves and tables of a run (HTML, Markdown, SVG)."
        [ "mtrl report runs/quickstart/seed-1" ]
        run
