/// Words of a command in tests.
module MtrlFunctional.Tests.Experiments.Resolving

open MtrlFunctional.Experiments

/// The experiment of words that have one.
let resolve words =
    match Experiment.resolve words with
    | Ok(experiment, _) -> experiment
    | Error mistakes -> failwith $"{List.map string mistakes}"

/// What is wrong with words; empty: nothing.
let mistakes words =
    match Experiment.resolve words with
    | Ok _ -> []
    | Error mistakes -> mistakes |> List.map string
