/// What a report compares: runs, experiments with all their seeds, or all experiments below a folder.
module MtrlFunctional.Cli.Results.ReportSubjects

open System
open System.IO
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics
open MtrlFunctional.Cli.Pages
open MtrlFunctional.Cli.Reports
open MtrlFunctional.Cli.Tables

type Subject = {
    /// Folder of the run or experiment.
    Path: string
    /// Last part of the path; for a run the last two, experiment and run: "mt10/seed-1".
    Name: string
    Runs: (int64 * RunFolder) list
}

let private ofRun path = {
    Path = path
    Name = RunResults.title path
    Runs = [
        let run = RunFolder path
        (RunResults.experimentOf run).Setup.SeedRef, run
    ]
}

/// Deeper folders are not searched for experiments.
let private deepest = 4

let rec private below depth path =
    if (RunFolder path).Exists then
        [ ofRun path ]
    else
        let runs = ExperimentResults.runsBelow path

        // Runs of a sweep may lie beside the seeds of its base.
        let others =
            if depth = 0 || not (Directory.Exists path) then
                []
            else
                let isSeed (folder: string) =
                    runs
                    |> List.exists (fun (_, run) ->
                        Path.GetFullPath run.Path = Path.GetFullPath folder)

                Directory.GetDirectories path
                |> Array.filter (isSeed >> not)
                |> Array.sortWith (fun a b -> String.CompareOrdinal(a, b))
                |> Array.toList

        [
            if not runs.IsEmpty then
                { Path = path; Name = RunResults.nameOf path; Runs = runs }

            yield! others |> List.collect (below (depth - 1))
        ]

/// The subjects of a path. Raises MtrlException where there is no run.
let ofPath path =
    match below deepest path with
    | [] -> [ ofRun (RunFolder.Existing path).Path ]
    | subjects -> subjects

/// Names that are distinct: each with as many parent folders as that needs.
let withNames (subjects: Subject list) =
    let parts (subject: Subject) =
        (RunResults.fullPath subject.Path).Split('/', StringSplitOptions.RemoveEmptyEntries)

    let ending count subject =
        let parts = parts subject
        parts[max 0 (parts.Length - count) ..] |> String.concat "/"

    let rec named count (subjects: Subject list) =
        let taken =
            subjects
            |> List.countBy _.Name
            |> List.filter (fun (_, n) -> n > 1)
            |> List.map fst

        if taken.IsEmpty || subjects |> List.forall (parts >> Array.length >> (>) count) then
            subjects
        else
            [
                for subject in subjects ->
                    if List.contains subject.Name taken then
                        { subject with Name = ending count subject }
                    else
                        subject
            ]
            |> named (count + 1)

    named 2 subjects

/// Each subject's name, and the experiment of its first run.
let experiments (subjects: Subject list) = [
    for subject in subjects -> subject.Name, RunResults.experimentOf (snd subject.Runs.Head)
]

/// The number of planned seeds is not recorded: those that exist.
let private resultsOf (first: Experiment) (subject: Subject) : ComparedExperiment =
    let planned = {
        first with
            Experiment.Setup = { first.Setup with NumSeeds = subject.Runs.Length }
    }

    ExperimentResults.ofRuns subject.Name planned subject.Runs

/// The results of each subject, with the settings in which their experiments differ among the facts: a line for each key, with the
/// value of each subject behind it.
let results experiments (different: string list list) (subjects: Subject list) = [
    for row, (subject, (_, experiment)) in List.indexed (List.zip subjects experiments) do
        let results = resultsOf experiment subject

        let isStated key =
            results.Facts |> List.exists (fst >> (=) key)

        {
            results with
                Facts =
                    results.Facts
                    @ [
                        for line in different do
                            if not (isStated line.Head) then
                                line.Head, line[row + 1]
                    ]
        }
]

/// What the report contains besides measurements; `command` is the one that writes it.
let context command experiments differences (subjects: Subject list) : PageContext = {
    Configuration = differences
    Commands = [
        for name, experiment in experiments do
            $"train {name}", ConfigurationChanges.trainCommand experiment
        "write this report", command
    ]
    Videos = [
        for subject in subjects do
            match subject.Runs |> List.tryPick (snd >> RunVideos.content) with
            | Some(video, kind, content) -> $"{subject.Name}: {video}", kind, content
            | None -> ()
    ]
}
