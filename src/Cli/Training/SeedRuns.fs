/// Trains an experiment: one run per seed.
module MtrlFunctional.Cli.Training.SeedRuns

open System
open MtrlFunctional
open MtrlFunctional.Environments
open MtrlFunctional.Experiments
open MtrlFunctional.Cli
open MtrlFunctional.Cli.Display
open MtrlFunctional.Cli.With

/// Seeds in the example of a command without a preset: fewer give no interval.
let private usualSeeds = 3

/// How to train more seeds, where nothing in the words decides how many there are.
let private moreSeeds words (experiment: Experiment) =
    match Map.tryFind "setup.num_seeds" (Experiment.origins (Given.additions ()) words) with
    | Some { Source = OriginSource.Default } ->
        let count, source =
            match
                Presets.namedIn (Additions.presets (Given.additions ())) words |> List.tryLast
            with
            | Some preset when preset.Seeds > 1 ->
                preset.Seeds, $"; the source of {preset.Name} has {preset.Seeds}"
            | _ -> usualSeeds, ""

        Some
            $"one seed ({experiment.Setup.SeedRef}){source}. More, one after the other: setup.num_seeds={count}"
    | _ -> None

/// What an iteration of an on-policy agent takes: nothing is learned before its end. Episodes that a success cuts take less.
let private iteration (e: Experiment) =
    let steps = Experiment.withSteps 1 e |> RunLength.lastStep |> Format.count

    e.Agent.Algorithm.OnPolicy
    |> Option.map (fun keys ->
        let upTo = if keys.StepsAfterSuccess.IsSome then "up to " else ""
        $"an iteration has {upTo}{steps} steps of each task.")

/// Trains all seeds of an experiment that was checked, until one fails.
let trainSeeds (console: TrainingConsole) (experiment: Experiment) =
    iteration experiment |> Option.iter TrainingSession.notice

    // For somebody who can type it.
    if not Console.IsErrorRedirected then
        PhysicsEngine.advice (PhysicsEngine.inForce ()) experiment
        |> Option.iter TrainingSession.notice

    let runs = [
        for seed in Experiment.seeds experiment ->
            Experiment.withSeed seed experiment |> RunSeries.run $"seed {seed}" false
    ]

    let train _ (run: RunSeries.SeriesRun) =
        Ok(TrainingSession.train TrainingSession.notice console run.Experiment)

    let code, _ = RunSeries.each 1 console train (fun _ _ -> ()) runs

    if code <> ExitCode.Done && runs.Length > 1 then
        TrainingSession.notice
            $"{runs.Length} seeds were asked for. Repeat the same command to continue with all of them."

    code

/// Resolves the overrides and trains; with errors, raises all of them and starts nothing. `finish` takes
/// the experiment when all of its seeds are trained.
let trainAndThen finish (console: TrainingConsole) words =
    let built = Given.resolve words |> valid
    let experiment = built.Experiment
    built.Warnings |> Seq.iter TrainingSession.notice
    moreSeeds words experiment |> Option.iter TrainingSession.notice
    let code = trainSeeds console experiment

    if code = ExitCode.Done then
        finish experiment

    code

/// As `trainAndThen`, with nothing to do then.
let train console words = trainAndThen ignore console words

/// The override that records the folder of `--assets` in the run; empty for the built-in scenes.
let assetsOverride () =
    match SceneLibrary.Chosen with
    | null -> []
    | folder -> [ $"env.assets={ValueText.print (Value.Text folder)}" ]

/// The override of `--precision NAME`.
let precisionOverride (name: string option) =
    name |> Option.map (fun name -> $"setup.precision={name}") |> Option.toList
