/// `mtrl bench iteration`: iterations (sampling and update) of on-policy agents in a real run, and of garage's
/// MT-PPO and MT-TRPO examples in plain PyTorch.
module MtrlFunctional.Cli.Bench.IterationBench

open System.IO
open MtrlFunctional.Training
open MtrlFunctional.Cli.Display

/// Steps of an iteration, as in garage's published times.
[<Literal>]
let private Steps = 50_000

/// Seconds of one iteration, and the physics share of its sampling.
type private Iteration = { Sampling: float; Update: float; Physics: float }

/// Minimum times of some iterations in a temporary folder, and their largest share of the threads' time in
/// environments.
let private measure rounds threads preset =
    let folder = Directory.CreateTempSubdirectory "mtrl-bench-"

    let experiment =
        ExperimentBuilder.Resolve [
            $"preset={preset}"
            "env.horizon=500"
            "setup.name=bench"
            $"setup.base_path={folder.FullName}"
            $"setup.threads={threads}"
            $"agent.on_policy.batch_size={Steps}"
            $"experiment.num_train_steps={(rounds + 1) * Steps / 10}"
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

        // Without the first iteration: JIT compilation and preparation of the goals.
        let measured = List.ofSeq iterations |> List.skip (min 1 (iterations.Count - 1))

        {
            Sampling = measured |> List.map _.Sampling |> Sample.least
            Update = measured |> List.map _.Update |> Sample.least
            Physics = measured |> List.map _.Physics |> List.max
        }
    finally
        folder.Delete true

/// Title, prefix of the JSON keys, preset, and algorithm of the Python reference, if there is one.
let private candidates = [
    "garage's MT-PPO (64, 32; 32, 32; minibatches of 64)",
    "garagePpo",
    "garage/mtppo-mt10",
    Some "ppo"
    "garage's MT-TRPO", "garageTrpo", "garage/mttrpo-mt10", Some "trpo"
    "fast/mt10", "fast", "fast/mt10", None
]

/// Physics steps per second of Meta-World's package on one core: the upper end of the measured
/// 4,000 to 7,000.
[<Literal>]
let private PhysicsStepsPerSecond = 7_000.0

/// Seconds of the reference's policy at one observation, and of its updates by algorithm: the least of some
/// rounds with one thread and each setting.
let private reference rounds workers =
    let least (work: string) =
        Sample.least [
            for _ in 1..rounds do
                for worker in workers do
                    yield! PythonReference.run $"{work} 1" worker |> List.map fst
        ]
        / 1000.0

    least "act", Map [ for algorithm in [ "ppo"; "trpo" ] -> algorithm, least algorithm ]

/// Update and whole iteration of the reference, a lower bound: samplers on all cores evaluate the policy and step the
/// physics, without other cost; then the update.
let private compared threads algorithm (acting, updates: Map<string, float>) =
    let step = acting + 1.0 / PhysicsStepsPerSecond
    let update = updates[algorithm]
    update, float Steps / float threads * step + update

/// Measures all candidates, then the Python reference unless `alone`.
let run rounds threads alone =
    let results = [
        for title, key, preset, algorithm in candidates ->
            title, key, measure rounds threads preset, algorithm
    ]

    let reference, note =
        PythonReference.compared
            alone
            "on_policy_iteration.py"
            (PythonReference.settings 1)
            (fun workers note ->
                if workers.IsEmpty then
                    None, note
                else
                    Some(reference (min 3 rounds) workers), None)

    let about (title, key, found, algorithm) =
        let whole = found.Sampling + found.Update

        let line =
            $"  {title}: sampling %.2f{found.Sampling} s ({Format.number (float Steps / found.Sampling)} steps/s, {Format.percent found.Physics} of the threads' time in environments), update %.2f{found.Update} s, in total {Format.number (float Steps / whole)} steps/s"

        let numbers = [
            $"{key}SamplingSeconds", found.Sampling
            $"{key}UpdateSeconds", found.Update
            $"{key}StepsPerSecond", float Steps / whole
            $"{key}PhysicsShare", found.Physics
        ]

        match Option.map2 (compared threads) algorithm reference with
        | None -> numbers, [ line ]
        | Some(update, iteration) ->
            numbers
            @ [
                $"{key}ReferenceUpdateSeconds", update
                $"{key}ReferenceIterationSeconds", iteration
                $"{key}UpdateSpeedup", update / found.Update
                $"{key}IterationSpeedup", iteration / whole
            ],
            [
                line
                $"    PyTorch: update %.2f{update} s, ours is %.1f{update / found.Update} times as fast; whole iteration %.1f{iteration} s at least, ours is %.1f{iteration / whole} times as fast"
            ]

    let found = List.map about results

    {
        Numbers = [
            yield! List.collect fst found

            for acting, _ in Option.toList reference do
                "referenceActingMicroseconds", 1e6 * acting
                "referencePhysicsStepsPerSecond", PhysicsStepsPerSecond

            "threads", float threads
        ]
        Texts = []
        Lines = [
            $"Iterations of MT10: {Format.count Steps} steps, {threads} threads"
            yield! List.collect snd found

            for acting, _ in Option.toList reference do
                $"  PyTorch samples with {threads} workers, one thread each: %.0f{1e6 * acting} µs per step for the policy (measured), physics at {Format.number PhysicsStepsPerSecond} steps/s"

            for text in Option.toList note do
                $"  no PyTorch reference: {text}"
        ]
    }
