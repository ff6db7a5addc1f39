/// Words of a command in tests.
module MtrlFunctional.Tests.Experiments.Resolving

open Expecto
open MtrlFunctional.Experiments

/// The experiment of words that have one.
let resolve words = Experiment.resolve words |> ok |> fst

/// What is wrong with words; empty: nothing.
let mistakes words =
    match Experiment.resolve words with
    | Ok _ -> []
    | Error mistakes -> mistakes |> List.map string
