/// What a report compares: runs, experiments with all their seeds, or all experiments below a folder.
module MtrlFunctional.Cli.Results.ReportSubjects

open System
open System.IO
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics
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
        match ExperimentResults.runsBelow path with
        | [] when depth = 0 || not (Directory.Exists path) -> []
        | [] ->
            Directory.GetDirectories path
            |> Array.sortWith (fun a b -> String.CompareOrdinal(a, b))
            |> Array.toList
            |> List.collect (below (depth - 1))
        | runs -> [ { Path = path; Name = RunResults.nameOf path; Runs = runs } ]

/// The subjects of a path. Raises MtrlException where there is no run.
let ofPath path =
    match below deepest path with
    | [] -> [ ofRun (RunFolder.Existing path).Path ]
    | subjects -> subjects

/// Names that are distinct: with the parent folder where they are not.
let withNames subjects =
    let isTaken subject =
        subjects |> List.filter (fun other -> other.Name = subject.Name) |> List.length > 1

    [
        for subject in subjects ->
            if isTaken subject then
                { subject with Name = RunResults.title subject.Path }
            else
                subject
    ]

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
let context
    command
    experiments
    differences
    (subjects: Subject list)
    : ComparisonPages.ComparisonContext = {
    Differences = differences
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
