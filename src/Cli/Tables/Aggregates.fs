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
    let named = TaskAggregate.byName

    words.Split(',', StringSplitOptions.TrimEntries ||| StringSplitOptions.RemoveEmptyEntries)
    |> Array.distinct
    |> Array.map (fun word ->
        match named |> List.tryFind (fst >> (=) word) with
        | Some(_, aggregate) -> aggregate
        | None ->
            let names = List.map fst named
            let all = String.Join(", ", names)

            refuse $"--aggregates {words}: '{word}' is not one of {all}.{Nearest.hint names word}")
    |> List.ofArray
