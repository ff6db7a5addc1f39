/// The rows of a table: each an experiment with its seeds, in folders of its own.
///
/// Reading order: TableRow → resolve → conflicts → turns, compared.
module Mtrl.Cli.Training.TableRows

open MtrlFunctional.Storage
open MtrlFunctional.Training
open Mtrl.Experiments
open Mtrl.Statistics
open Mtrl.Cli.Results

/// A row as one experiment for each seed.
type TableRow = { Name: string; Whole: Experiment; Seeds: Experiment list }

let private folderOf (e: Experiment) =
    RunFolder.OfSeed(e.Setup.SaveDir, e.Setup.SeedRef)

/// Rows from their names and words, with more words for all; every mistake once.
let resolve (rows: (string * string) list) words =
    let resolved = [
        for name, row in rows -> name, Experiment.resolve (List.ofArray (row.Split ' ') @ words)
    ]

    let mistakes = [
        for _, result in resolved do
            match result with
            | Error mistakes -> yield! mistakes
            | Ok _ -> ()
    ]

    let right = [
        for name, result in resolved do
            match result with
            | Ok(whole, warnings) ->
                let seeds = [ for seed in Experiment.seeds whole -> Experiment.withSeed seed whole ]

                { Name = name; Whole = whole; Seeds = seeds }, warnings
            | Error _ -> ()
    ]

    if mistakes.IsEmpty then
        Ok(List.map fst right, right |> List.collect snd |> List.distinct)
    else
        Error(mistakes |> List.map string |> List.distinct)

/// Why nothing can be started: rows that would write into each other's folders, and folders of other
/// experiments.
let conflicts rows = [
    for place, same in rows |> List.groupBy _.Whole.Setup.SaveDir do
        if same.Length > 1 then
            let names = same |> List.map _.Name |> String.concat ", "

            $"{names}: all would run in {place}. Rows have names of their own; setup.base_path=DIR moves them all."

    for row in rows do
        for seed in row.Seeds do
            if RunStandings.Of seed = RunStanding.Foreign then
                $"{(folderOf seed).Path}: holds a run of another configuration. Choose another folder with setup.base_path=DIR, or remove it."
]

/// Every run in its turn: the first seed of all rows, then the second …, so that a table that is
/// not whole compares as many seeds of each.
let turns rows =
    [
        for row in rows do
            for i, seed in List.indexed row.Seeds -> i, (row.Name, seed)
    ]
    |> List.sortBy fst
    |> List.map snd

/// Nothing is left to do for this seed.
let isFinished seed =
    RunStandings.Of seed = RunStanding.Finished

/// What the row's runs have recorded so far.
let compared (row: TableRow) : ComparedExperiment =
    [
        for seed in row.Seeds do
            let folder = folderOf seed

            if folder.Exists then
                seed.Setup.SeedRef, folder
    ]
    |> ExperimentResults.ofRuns row.Name row.Whole
