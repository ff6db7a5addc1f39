/// `mtrl bench iteration`: whole iterations of on-policy agents, sampling and update, as a run does them.
module MtrlFunctional.Cli.Bench.IterationBench

open System
open System.IO
open MtrlFunctional.Training
open MtrlFunctional.Cli.Display
open MtrlFunctional.Experiments

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
        ExperimentResolver.Resolve [
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

type private Contestant = {
    Title: string
    /// Of its numbers.
    Key: string
    Preset: string
    /// What the peer calls its update, if it has one.
    Peer: string option
}

let private contestants = [
    {
        Title = "garage's MT-PPO (64, 32; 32, 32; minibatches of 64)"
        Key = "garagePpo"
        Preset = "garage/mtppo-mt10"
        Peer = Some "ppo"
    }
    {
        Title = "garage's MT-TRPO"
        Key = "garageTrpo"
        Preset = "garage/mttrpo-mt10"
        Peer = Some "trpo"
    }
    { Title = "fast/mt10"; Key = "fast"; Preset = "fast/mt10"; Peer = None }
]

/// The least times of a contestant, and its largest share of the threads' time in environments.
let private best rounds threads (contestant: Contestant) : Turn =
    let turns =
        measure rounds threads [ $"preset={contestant.Preset}"; "env.horizon=500" ]

    let least pick = turns |> List.map pick |> Sample.least

    {
        Sampling = least _.Sampling
        Update = least _.Update
        Physics = turns |> List.map _.Physics |> List.max
    }

let private whole (turn: Turn) = turn.Sampling + turn.Update

/// How the peer's times compare: of the update and of the whole iteration.
let private compared threads (contestant: Contestant) turn (peer: IterationReference.Parts) =
    contestant.Peer
    |> Option.map (fun algorithm ->
        let update = peer.Update[algorithm]
        let iteration = IterationReference.iteration Steps threads algorithm peer

        {|
            Update = update
            Iteration = iteration
            UpdateRatio = update / turn.Update
            IterationRatio = iteration / whole turn
        |})

let private numbers threads peer (contestant: Contestant, turn: Turn) = [
    let key name = contestant.Key + name
    key "SamplingSeconds", turn.Sampling
    key "UpdateSeconds", turn.Update
    key "StepsPerSecond", float Steps / whole turn
    key "PhysicsShare", turn.Physics

    match peer |> Option.bind (compared threads contestant turn) with
    | Some peer ->
        key "ReferenceUpdateSeconds", peer.Update
        key "ReferenceIterationSeconds", peer.Iteration
        key "UpdateSpeedup", peer.UpdateRatio
        key "IterationSpeedup", peer.IterationRatio
    | None -> ()
]

let private lines threads peer (contestant: Contestant, turn: Turn) = [
    $"  {contestant.Title}: sampling %.2f{turn.Sampling} s ({Format.number (float Steps / turn.Sampling)} steps a second, {Format.percent turn.Physics} of the threads' time in environments), update %.2f{turn.Update} s, whole {Format.number (float Steps / whole turn)} steps a second"

    match peer |> Option.bind (compared threads contestant turn) with
    | Some peer ->
        $"    PyTorch: update %.2f{peer.Update} s, ours is %.1f{peer.UpdateRatio} times as fast; whole iteration %.1f{peer.Iteration} s at least, ours is %.1f{peer.IterationRatio} times as fast"
    | None -> ()
]

/// Each contestant in its turn, then the peer unless ours is to be measured alone; least times count.
let run rounds threads alone =
    let results = contestants |> List.map (fun one -> one, best rounds threads one)

    let found =
        if alone then
            Error "not asked for"
        else
            IterationReference.measure (min 3 rounds)

    let peer = Result.toOption found

    {
        Numbers = [
            yield! results |> List.collect (numbers threads peer)

            for parts in Option.toList peer do
                "referenceActingMicroseconds", 1e6 * parts.Acting
                "referencePhysicsStepsPerSecond", IterationReference.PhysicsStepsPerSecond

            "threads", float threads
            "load", Machine.load ()
            "peakMemoryMiB", Machine.peakMemory ()
        ]
        Texts = []
        Lines = [
            $"Iterations of MT10: {Format.count Steps} steps, {threads} threads"
            yield! results |> List.collect (lines threads peer)

            match found with
            | Ok parts ->
                $"  PyTorch samples with {threads} workers, one thread each: %.0f{1e6 * parts.Acting} µs a step for the policy, as measured, and physics at {Format.number IterationReference.PhysicsStepsPerSecond} steps a second"
            | Error why -> $"  no PyTorch beside it: {why}"

            Machine.loadLine ()
        ]
    }
