/// `mtrl report RUN…`: curves and tables of runs, from their metrics. `mtrl report EXPERIMENT…`:
/// compares experiments, each with all its seeds.
module MtrlFunctional.Cli.Commands.ReportCommand

open System.IO
open Argu
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.Tables

type Options =
    | [<MainCommand; Mandatory>] Folders of folder: string list
    | Out of folder: string
    | At of step: int64
    | Aggregates of names: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Folders _ ->
                "folders of runs, e.g. runs/quickstart/seed-1, for a report of each; or of experiments, e.g. runs/a runs/b, for a comparison"
            | Out _ ->
                "folder for the comparison of experiments (default: comparison, next to them)"
            | At _ -> "compare experiments after this number of steps (default: at their end)"
            | Aggregates _ -> Aggregates.usage + "; experiments: in addition to the average"

/// Raises MtrlException where a run has no metrics yet.
let private checkHasMetrics path =
    let folder = RunFolder.Existing path
    RunResults.experimentOf folder |> ignore

    if
        not (File.Exists folder.MetricsFile)
        || Seq.isEmpty (MetricsLog.Read folder.MetricsFile)
    then
        raise (MtrlException $"{path}: nothing to report yet: metrics.jsonl is missing or empty.")

/// The experiment of a folder; a run is an experiment with one seed.
let private experiment path : ComparedExperiment =
    let name, runs =
        match ExperimentResults.runsBelow path with
        | [] ->
            let run = RunFolder.Existing path
            RunResults.title path, [ (RunResults.experimentOf run).Setup.SeedRef, run ]
        | runs -> RunResults.nameOf path, runs

    // The number of planned seeds is not recorded: assume those that exist.
    let first = RunResults.experimentOf (snd runs.Head)

    let planned = { first with Experiment.Setup = { first.Setup with NumSeeds = runs.Length } }

    ExperimentResults.ofRuns name planned runs

/// Names the rows after their folders; with the parent folder where names are not distinct.
let private withNames (paths: string list) (rows: ComparedExperiment list) =
    if (rows |> List.distinctBy _.Name).Length = rows.Length then
        rows
    else
        List.map2
            (fun path (row: ComparedExperiment) -> { row with Name = RunResults.title path })
            paths
            rows

/// Default folder of a comparison: that of a single experiment, else "comparison" next to them.
let private defaultFolder (paths: string list) =
    match paths with
    | [ single ] -> single
    | first :: _ ->
        match Path.GetDirectoryName(RunResults.fullPath first) with
        | null -> "comparison"
        | parent -> Path.Combine(parent, "comparison")
    | [] -> "comparison"

let private compare (paths: string list) out (at: int64 option) aggregates =
    let rows = paths |> List.map experiment |> withNames paths

    if rows |> List.forall (_.Seeds >> List.forall _.Evaluations.IsEmpty) then
        raise (MtrlException "nothing to compare yet: no run has an evaluation.")

    let comparison = {
        Title = rows |> List.map _.Name |> String.concat ", "
        Rows = rows
        At = Option.map float at
        Aggregates = aggregates |> Option.defaultValue [ TaskAggregate.Average ]
    }

    let text, page =
        ReportFiles.writeComparison (out |> Option.defaultValue (defaultFolder paths)) comparison

    printf $"{text}"
    printfn $"\n{page}"
    ExitCode.Done

let private reports aggregates paths =
    for folder in paths do
        checkHasMetrics folder
        printfn $"{ReportFiles.writeReport aggregates folder}"

    ExitCode.Done

let private isExperiment path =
    not (RunFolder path).Exists && not (ExperimentResults.runsBelow path).IsEmpty

let private run (options: ParseResults<Options>) =
    let paths = options.GetResult Folders
    let out, at = options.TryGetResult Out, options.TryGetResult At

    let aggregates = options.TryGetResult Aggregates |> Option.map Aggregates.read

    if List.exists isExperiment paths then
        compare paths out at aggregates
    elif out.IsSome || at.IsSome then
        Command.reportErrors "report" [
            "--out and --at: apply to folders of experiments (with seed-… inside), not to single runs."
        ]
    else
        reports aggregates paths

let command =
    Command.define
        "report"
        "Writes curves and tables of a run, or compares experiments."
        [
            "mtrl report runs/quickstart/seed-1"
            "mtrl report runs/mt-sac runs/care --out comparison"
            "mtrl report runs/fast-mt10/seed-1 --aggregates median,worst"
        ]
        run
