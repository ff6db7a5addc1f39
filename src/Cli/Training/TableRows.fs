/// Rows of a table: each an experiment with its seeds, in its own folders.
///
/// Reading order: TableRow → resolve → joined, conflicts → turns, compared.
module MtrlFunctional.Cli.Training.TableRows

open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Training
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics
open MtrlFunctional.Cli.Results
open MtrlFunctional.Cli.With

/// A row as one experiment for each seed.
type TableRow = { Name: string; Whole: Experiment; Seeds: Experiment list }

/// The rows as they can be run here, with words for all of them, and warnings. Raises all mistakes, each once.
let resolve (rows: (string * Experiment) list) words =
    let read name (whole, warnings) =
        let seeds = [ for seed in Experiment.seeds whole -> Experiment.withSeed seed whole ]
        { Name = name; Whole = whole; Seeds = seeds }, warnings

    let rows, warnings =
        [
            for name, row in rows ->
                row
                |> Experiment.withWords words
                |> Experiment.check
                |> Result.map (read name)
                |> Result.mapError (List.map string)
        ]
        |> allValid
        |> List.unzip

    rows, warnings |> List.concat |> List.distinct

/// Rows with the same folder.
let joined rows = [
    for folder, same in rows |> List.groupBy _.Whole.Setup.SaveDir do
        if same.Length > 1 then
            let names = same |> List.map _.Name |> String.concat ", "

            $"{names}: all would run in {folder}. Keep the setup.name of each row; setup.base_path=DIR moves all of them."
]

/// Errors that prevent the start: rows with the same folder, and folders that hold a run of another
/// configuration.
let conflicts rows = [
    yield! joined rows

    for row in rows do
        for seed in row.Seeds do
            if RunStatuses.Of(seed, Given.extensions ()) = RunStatus.OtherExperiment then
                $"{(RunFolder.Of seed).Path}: holds a run of another configuration{RunStatuses.Differences(seed, Given.extensions ())}. Choose another folder with setup.base_path=DIR, or remove it."
]

/// All runs in order: the first seed of all rows, then the second …, so that an incomplete table
/// has equally many seeds per row.
let turns rows =
    [
        for row in rows do
            for i, seed in List.indexed row.Seeds -> i, (row.Name, seed)
    ]
    |> List.sortBy fst
    |> List.map snd

/// The run of this seed is finished.
let isFinished seed =
    RunStatuses.Of(seed, Given.extensions ()) = RunStatus.Finished

/// The results of the row so far.
let compared (row: TableRow) : ComparedExperiment =
    [
        for seed in row.Seeds do
            let folder = RunFolder.Of seed

            if folder.Exists then
                seed.Setup.SeedRef, folder
    ]
    |> ExperimentResults.ofRuns row.Name row.Whole
