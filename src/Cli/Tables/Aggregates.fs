/// The option that says what is shown of all tasks together.
module Mtrl.Cli.Tables.Aggregates

open System
open MtrlFunctional
open Mtrl
open Mtrl.Statistics

let usage =
    let names = TaskAggregate.named |> List.map fst |> String.concat ","
    $"of all tasks together: some of {names} (default: logger.aggregates of the run)"

/// "average,worst".
let read (words: string) =
    let known = TaskAggregate.named

    words.Split(',', StringSplitOptions.TrimEntries ||| StringSplitOptions.RemoveEmptyEntries)
    |> Array.distinct
    |> Array.map (fun word ->
        match known |> List.tryFind (fst >> (=) word) with
        | Some(_, aggregate) -> aggregate
        | None ->
            let names = List.map fst known
            let all = String.Join(", ", names)

            raise (
                MtrlException
                    $"--aggregates {words}: '{word}' is none of {all}.{Nearest.hint names word}"
            ))
    |> List.ofArray
