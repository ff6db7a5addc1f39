/// Trains an experiment: one run per seed.
module MtrlFunctional.Cli.Training.SeedRuns

open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Experiments
open MtrlFunctional.Cli

/// Trains the seeds one after the other, until one does not finish.
let private trainAll plain (experiment: Experiment) =
    Experiment.seeds experiment
    |> List.fold
        (fun code seed ->
            if code <> ExitCode.Done then
                code
            else
                TrainingSession.train
                    TrainingSession.notice
                    plain
                    (Experiment.withSeed seed experiment))
        ExitCode.Done

/// Resolves the overrides and trains; with errors, reports all of them and starts nothing.
let train name plain words =
    match Experiment.resolve words with
    | Error mistakes -> Command.reportErrors name [ for mistake in mistakes -> string mistake ]
    | Ok(experiment, warnings) ->
        warnings |> List.iter (string >> TrainingSession.notice)
        trainAll plain experiment

/// The override that records the folder of `--assets` in the run; empty for the built-in scenes.
let assetsOverride () =
    match SceneLibrary.Chosen with
    | null -> []
    | folder -> [ $"env.assets='{folder}'" ]
