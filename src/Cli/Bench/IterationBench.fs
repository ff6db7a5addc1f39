/// `mtrl bench iteration`: whole iterations of on-policy agents, sampling and update, as a run does them.
module Mtrl.Cli.Bench.IterationBench

open System
open System.IO
open MtrlFunctional.Training
open Mtrl.Cli.Display
open Mtrl.Experiments

/// Steps of an iteration, for which garage's own times are known.
[<Literal>]
let Steps = 50_000

/// What one iteration took.
type private Turn = { Sampling: float; Update: float; Physics: float }

/// Runs the words for some iterations, in a folder that is gone afterwards.
let private measure rounds threads words =
    let folder = Directory.CreateTempSubdirectory "mtrl-bench-"
    let steps = Steps / 10

    let experiment =
        Experiments.Resolve [
            yield! words
            "setup.name=bench"
            $"setup.base_path={folder.FullName}"
            $"setup.threads={threads}"
            $"agent.on_policy.batch_size={Steps}"
            $"experiment.num_train_steps={(rounds + 1) * steps}"
            "experiment.num_eval_episodes=1"
        ]

    try
        use run = TrainingRun.Start experiment
        let turns = ResizeArray<Turn>()
        let mutable seen = 0L

        run.Run(fun progress ->
            match progress.Losses.TryGetValue "update_seconds" with
            | true, update when progress.Episode > seen ->
                seen <- progress.Episode

                turns.Add {
                    Sampling = progress.Losses["sampling_seconds"]
                    Update = update
                    Physics = progress.Losses["physics_share"]
                }
            | _ -> ())
        |> ignore

        // The first iteration compiles, and prepares all goals.
        List.ofSeq turns |> List.skip (min 1 (turns.Count - 1))
    finally
        folder.Delete true

let private contestants = [
    "garage's MT-PPO (64, 64; 32, 32; minibatches of 64)",
    "garagePpo",
    [ "preset=garage/mtppo-mt10" ]
    "garage's MT-TRPO", "garageTrpo", [ "preset=garage/mttrpo-mt10" ]
    "fast/mt10", "fast", [ "preset=fast/mt10" ]
]

/// Each contestant in its turn; least times count.
let run rounds threads =
    let results = [
        for title, key, words in contestants do
            // Garage's steps are 50,000 here, in episodes of ten thousand steps altogether.
            let turns = measure rounds threads (words @ [ "env.horizon=500" ])
            let least pick = turns |> List.map pick |> Sample.least
            let sampling, update = least _.Sampling, least _.Update
            title, key, sampling, update, turns |> List.map _.Physics |> List.max
    ]

    {
        Numbers = [
            for _, key, sampling, update, physics in results do
                $"{key}SamplingSeconds", sampling
                $"{key}UpdateSeconds", update
                $"{key}StepsPerSecond", float Steps / (sampling + update)
                $"{key}PhysicsShare", physics
            "threads", float threads
            "load", Machine.load ()
            "peakMemoryMiB", Machine.peakMemory ()
        ]
        Texts = []
        Lines = [
            $"Iterations of MT10: {Format.count Steps} steps in episodes of 500, {threads} threads"
            for title, _, sampling, update, physics in results do
                $"  {title}: sampling %.2f{sampling} s ({Format.number (float Steps / sampling)} steps a second, {Format.percent physics} of the threads' time in environments), update %.2f{update} s, whole {Format.number (float Steps / (sampling + update))} steps a second"
            Machine.loadLine ()
        ]
    }
