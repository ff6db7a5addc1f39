/// `mtrl bench iteration`: iterations (sampling and update) of on-policy agents in a real run.
module MtrlFunctional.Cli.Bench.IterationBench

open System
open System.IO
open MtrlFunctional.Training
open MtrlFunctional.Cli.Display
open MtrlFunctional.Experiments

/// Steps of an iteration, as in garage's published times.
[<Literal>]
let Steps = 50_000

/// Seconds of one iteration, and the physics share of its sampling.
type private Iteration = { Sampling: float; Update: float; Physics: float }

/// Runs some iterations in a temporary folder.
let private measure rounds threads words =
    let folder = Directory.CreateTempSubdirectory "mtrl-bench-"
    let steps = Steps / 10

    let experiment =
        ExperimentBuilder.Resolve [
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
        let iterations = ResizeArray<Iteration>()
        let mutable lastEpisode = 0L

        run.Run(fun progress ->
            match progress.Losses.TryGetValue "update_seconds" with
            | true, update when progress.Episode > lastEpisode ->
                lastEpisode <- progress.Episode

                iterations.Add {
                    Sampling = progress.Losses["sampling_seconds"]
                    Update = update
                    Physics = progress.Losses["physics_share"]
                }
            | _ -> ())
        |> ignore

        // Skip the first iteration: JIT compilation and preparation of the goals.
        List.ofSeq iterations |> List.skip (min 1 (iterations.Count - 1))
    finally
        folder.Delete true

type private Candidate = {
    Title: string
    /// Prefix of its JSON keys.
    Key: string
    Preset: string
    /// Algorithm of the Python reference, if there is one.
    Reference: string option
}

let private candidates = [
    {
        Title = "garage's MT-PPO (64, 32; 32, 32; minibatches of 64)"
        Key = "garagePpo"
        Preset = "garage/mtppo-mt10"
        Reference = Some "ppo"
    }
    {
        Title = "garage's MT-TRPO"
        Key = "garageTrpo"
        Preset = "garage/mttrpo-mt10"
        Reference = Some "trpo"
    }
    { Title = "fast/mt10"; Key = "fast"; Preset = "fast/mt10"; Reference = None }
]

/// Minimum times of a candidate, and its largest share of the threads' time in environments.
let private best rounds threads (candidate: Candidate) : Iteration =
    let iterations =
        measure rounds threads [ $"preset={candidate.Preset}"; "env.horizon=500" ]

    let least pick =
        iterations |> List.map pick |> Sample.least

    {
        Sampling = least _.Sampling
        Update = least _.Update
        Physics = iterations |> List.map _.Physics |> List.max
    }

let private whole (iteration: Iteration) = iteration.Sampling + iteration.Update

/// Comparison with the reference: update and whole iteration.
let private compared
    threads
    (candidate: Candidate)
    iteration
    (reference: IterationReference.Parts)
    =
    candidate.Reference
    |> Option.map (fun algorithm ->
        let update = reference.Update[algorithm]
        let seconds = IterationReference.iteration Steps threads algorithm reference

        {|
            Update = update
            Iteration = seconds
            UpdateRatio = update / iteration.Update
            IterationRatio = seconds / whole iteration
        |})

let private numbers threads reference (candidate: Candidate, iteration: Iteration) = [
    let key name = candidate.Key + name
    key "SamplingSeconds", iteration.Sampling
    key "UpdateSeconds", iteration.Update
    key "StepsPerSecond", float Steps / whole iteration
    key "PhysicsShare", iteration.Physics

    match reference |> Option.bind (compared threads candidate iteration) with
    | Some reference ->
        key "ReferenceUpdateSeconds", reference.Update
        key "ReferenceIterationSeconds", reference.Iteration
        key "UpdateSpeedup", reference.UpdateRatio
        key "IterationSpeedup", reference.IterationRatio
    | None -> ()
]

let private lines threads reference (candidate: Candidate, iteration: Iteration) = [
    $"  {candidate.Title}: sampling %.2f{iteration.Sampling} s ({Format.number (float Steps / iteration.Sampling)} steps/s, {Format.percent iteration.Physics} of the threads' time in environments), update %.2f{iteration.Update} s, in total {Format.number (float Steps / whole iteration)} steps/s"

    match reference |> Option.bind (compared threads candidate iteration) with
    | Some reference ->
        $"    PyTorch: update %.2f{reference.Update} s, ours is %.1f{reference.UpdateRatio} times as fast; whole iteration %.1f{reference.Iteration} s at least, ours is %.1f{reference.IterationRatio} times as fast"
    | None -> ()
]

/// Measures all candidates, then the Python reference unless `alone`.
let run rounds threads alone =
    let results = candidates |> List.map (fun one -> one, best rounds threads one)

    let found =
        if alone then
            Error "disabled by --alone"
        else
            IterationReference.measure (min 3 rounds)

    let reference = Result.toOption found

    {
        Numbers = [
            yield! results |> List.collect (numbers threads reference)

            for parts in Option.toList reference do
                "referenceActingMicroseconds", 1e6 * parts.Acting
                "referencePhysicsStepsPerSecond", IterationReference.PhysicsStepsPerSecond

            "threads", float threads
            "load", Machine.load ()
            "peakMemoryMiB", Machine.peakMemory ()
        ]
        Texts = []
        Lines = [
            $"Iterations of MT10: {Format.count Steps} steps, {threads} threads"
            yield! results |> List.collect (lines threads reference)

            match found with
            | Ok parts ->
                $"  PyTorch samples with {threads} workers, one thread each: %.0f{1e6 * parts.Acting} µs per step for the policy (measured), physics at {Format.number IterationReference.PhysicsStepsPerSecond} steps/s"
            | Error why -> $"  no PyTorch reference: {why}"

            Machine.loadLine ()
        ]
    }
