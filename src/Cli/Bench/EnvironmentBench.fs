/// `mtrl bench env`: MT10 stepped together, beside its physics alone on the same threads.
module Mtrl.Cli.Bench.EnvironmentBench

open System
open MtrlFunctional
open MtrlFunctional.Environments
open Mtrl.Cli.Display
open Mtrl.Random
open Mtrl.Tasks
open Mtrl.Tasks.MetaWorld

/// Vector steps of a turn; an episode is cut off later than that.
[<Literal>]
let private Turn = 100

let private options threads =
    match Benchmarks.multiTask "MT10" with
    | Error why -> raise (MtrlException(String.concat " " why))
    | Ok tasks ->
        let goals =
            Goals.ofSplit 42u tasks |> List.map (fun (task, goals) -> task.Name, goals)

        let slots = [
            for task in tasks ->
                EnvironmentSlot(task, ResizeArray(Map.find task.Name (Map goals)), Nullable())
        ]

        VectorEnvironmentOptions(Slots = ResizeArray slots, Threads = threads)

/// Random actions that move the hands about, drawn before the clock runs.
let private actions count =
    let key = Key.ofSeed 1L |> Key.forPurpose "bench"

    Array.init Turn (fun t ->
        Array.init count (fun i ->
            let twig = key |> Key.at (int64 t) |> Key.at (int64 i)
            float32 (2.0 * Key.uniform twig - 1.0)))

let private perSecond count milliseconds =
    float (Turn * count) / milliseconds * 1000.0

/// Milliseconds of a turn on some threads: least of whole steps, of physics alone, of a reset.
type private Times = { Threads: int; Whole: float; Physics: float; Reset: float }

let private measure rounds threads =
    use environment = new VectorEnvironment(options threads)
    let actions = actions (environment.Count * MetaWorldEnvironment.ActionSize)

    let turn step =
        let reset = Machine.timed environment.Reset
        reset, Machine.timed (fun () -> actions |> Array.iter step)

    let whole () =
        turn (fun (a: float32[]) -> environment.Step(ReadOnlySpan<float32>(a)))

    let physics () =
        turn (fun (a: float32[]) -> environment.StepPhysics(ReadOnlySpan<float32>(a)))

    whole () |> ignore
    let turns = [ for _ in 1..rounds -> whole (), physics () ]
    let wholes, raws = List.unzip turns

    {
        Threads = threads
        Whole = wholes |> List.map snd |> Sample.least
        Physics = raws |> List.map snd |> Sample.least
        Reset = (wholes @ raws |> List.map fst |> Sample.least) / float environment.Count
    },
    environment.Count

/// Whole steps and physics alone, in turns, on one thread and on all.
let run rounds threads =
    let results = [ for count in List.distinct [ 1; threads ] -> measure rounds count ]
    let one, count = List.head results
    let all, _ = List.last results
    let rate times = perSecond count times
    let share = all.Physics / all.Whole
    let overhead = all.Whole / all.Physics - 1.0

    {
        Numbers = [
            "envStepsPerSecond", rate all.Whole
            "rawPhysicsStepsPerSecond", rate all.Physics
            "envStepsPerSecondOneThread", rate one.Whole
            "rawPhysicsStepsPerSecondOneThread", rate one.Physics
            "physicsShare", share
            "overhead", overhead
            "overheadOneThread", one.Whole / one.Physics - 1.0
            "msPerReset", one.Reset
            "threads", float threads
            "load", Machine.load ()
            "peakMemoryMiB", Machine.peakMemory ()
        ]
        Texts = []
        Lines = [
            $"Meta-World MT10: {count} environments, random actions, 5 physics steps of 2.5 ms each"
            for times, _ in results do
                let threads =
                    if times.Threads = 1 then
                        "1 thread "
                    else
                        $"{times.Threads} threads"

                $"  {threads}   %8s{Format.number (rate times.Whole)} steps a second; physics alone %8s{Format.number (rate times.Physics)}"
            $"  share of physics {Format.percent share}; what is observed, judged and counted adds {Format.percent overhead}"
            $"  a reset takes %.2f{one.Reset} ms on one thread"
            Machine.loadLine ()
            $"  memory of this process: {Format.number (Machine.peakMemory ())} MiB at most"
        ]
    }
