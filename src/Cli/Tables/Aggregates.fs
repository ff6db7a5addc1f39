/// The option --aggregates: statistics over all tasks.
module MtrlFunctional.Cli.Tables.Aggregates

open System
open MtrlFunctional
open MtrlFunctional.Statistics

let usage =
    let names = TaskAggregate.byName |> List.map fst |> String.concat ","
    $"statistics over all tasks: some of {names} (default: logger.aggregates of the run)"

/// Parses "average,worst".
let read (words: string) =
    words.Split(',', StringSplitOptions.TrimEntries ||| StringSplitOptions.RemoveEmptyEntries)
    |> Array.distinct
    |> Array.map (oneOf TaskAggregate.byName "--aggregates")
    |> List.ofArray
