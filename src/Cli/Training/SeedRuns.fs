/// Trains an experiment: a run for each of its seeds.
module Mtrl.Cli.Training.SeedRuns

open MtrlFunctional
open MtrlFunctional.Environments
open Mtrl.Experiments
open Mtrl.Cli

/// Trains every seed of the experiment, one after the other, until one does not finish.
let private trainAll plain (experiment: Experiment) =
    Experiment.seeds experiment
    |> List.fold
        (fun code seed ->
            if code <> ExitCode.Done then
                code
            else
                TrainingSession.train TrainingSession.notice plain (Experiment.withSeed seed experiment))
        ExitCode.Done

/// Resolves the words and trains; all mistakes at once, and nothing is started then.
let train name plain words =
    match Experiment.resolve words with
    | Error mistakes -> Command.reportErrors name [ for mistake in mistakes -> string mistake ]
    | Ok(experiment, warnings) ->
        warnings |> List.iter (string >> TrainingSession.notice)
        trainAll plain experiment

/// The word that makes a run keep where its scenes came from; none where they are those of the program.
let assetsOverride () =
    match SceneLibrary.Chosen with
    | null -> []
    | folder -> [ $"env.assets='{folder}'" ]
