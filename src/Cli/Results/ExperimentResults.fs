/// Results so far in the folder of an experiment, with one folder per seed; its runs may still be
/// training.
module MtrlFunctional.Cli.Results.ExperimentResults

open System
open System.IO
open MtrlFunctional
open MtrlFunctional.Storage
open MtrlFunctional.Experiments
open MtrlFunctional.Statistics
open MtrlFunctional.Cli.Reports

/// The runs directly below a folder: their seeds and folders, smallest seed first.
let runsBelow (folder: string) =
    if not (Directory.Exists folder) then
        []
    else
        [
            for path in Directory.GetDirectories(folder, "seed-*") do
                let run = RunFolder path

                match Int64.TryParse((DirectoryInfo path).Name.Substring 5) with
                | true, seed when run.Exists -> seed, run
                | _ -> ()
        ]
        |> List.sortBy fst

/// All values that define an experiment, apart from seed, machine and folders.
let private identity (e: Experiment) =
    let isOfMachine (key: string) =
        key.StartsWith "setup."
        || ChangedKeys.isDerived e key
        || List.contains key [ "replay_buffer.backing"; "env.assets" ]

    Experiment.values e |> List.filter (fst >> isOfMachine >> not)

/// Raises MtrlException where the configurations of the seeds differ, or two runs have one seed, as a copy has.
let private checkSame (runs: (RunFolder * Experiment) list) =
    for seed, same in runs |> List.groupBy (fun (_, e) -> e.Setup.SeedRef) do
        match same with
        | (first, _) :: (second, _) :: _ ->
            refuse
                $"{first.Path} and {second.Path} are both of seed {seed}, so that they are not two samples. Move one elsewhere."
        | _ -> ()

    match runs with
    | [] -> ()
    | (folder, first) :: others ->
        for otherFolder, other in others do
            let here, there = identity first, identity other

            match List.except there here @ List.except here there with
            | [] -> ()
            | (key, _) :: _ ->
                refuse
                    $"{folder.Path} and {otherFolder.Path} differ in {key}; they are not seeds of one experiment."

let private seedResult (seed: int64, folder: RunFolder, experiment: Experiment) : SeedResult =
    let evaluated = Experiment.evaluatedTasks experiment

    let recorded =
        MetricsLog.NewestFirst folder.MetricsFile |> Seq.tryHead |> Option.map _.Step

    // The last episode may end before the last step does.
    let saved = folder.Checkpoints.Steps() |> Seq.tryHead

    {
        Seed = seed
        Step = Option.toList recorded @ Option.toList saved |> List.fold max 0L |> float
        Evaluations =
            if File.Exists folder.MetricsFile then
                RunResults.records (Some RunRecord.Eval) folder
                |> Measured.ofRecords evaluated.Length
            else
                []
    }

/// The results of one experiment; some of its seeds may not have started.
let ofRuns name (planned: Experiment) (runs: (int64 * RunFolder) list) : ComparedExperiment =
    let experiments = [ for seed, run in runs -> seed, run, RunResults.experimentOf run ]
    checkSame [ for _, run, experiment in experiments -> run, experiment ]

    {
        Name = name
        Planned = planned.Setup.NumSeeds
        Total = float planned.Schedule.NumTrainSteps
        Seeds = [ for run in experiments -> seedResult run ]
        Tasks = Experiment.evaluatedTasks planned
        Facts =
            ExperimentFacts.facts
                (ExperimentFacts.environmentKeys planned @ [ "experiment.num_train_steps" ])
                planned
    }
