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

/// Whole steps and physics alone, in turns.
let run rounds threads =
    use environment = new VectorEnvironment(options threads)
    let actions = actions (environment.Count * MetaWorldEnvironment.ActionSize)

    let turn step =
        environment.Reset()
        Machine.timed (fun () -> actions |> Array.iter step)

    let whole () =
        turn (fun (a: float32[]) -> environment.Step(ReadOnlySpan<float32>(a)))

    let physics () =
        turn (fun (a: float32[]) -> environment.StepPhysics(ReadOnlySpan<float32>(a)))

    whole () |> ignore

    let times = [ for _ in 1..rounds -> whole (), physics () ]
    let wholes, raws = List.unzip times
    let steps = perSecond environment.Count (Sample.median wholes)
    let raw = perSecond environment.Count (Sample.median raws)
    let overhead = raw / steps - 1.0

    {
        Numbers = [
            "envStepsPerSecond", steps
            "rawPhysicsStepsPerSecond", raw
            "physicsShare", steps / raw
            "overhead", overhead
            "threads", float threads
            "peakMemoryMiB", Machine.peakMemory ()
        ]
        Texts = []
        Lines = [
            $"Meta-World MT10: {environment.Count} environments on {threads} threads, random actions"
            $"  whole steps (action, 5 physics steps, observation, reward): {Format.number steps} a second"
            $"  their physics alone:                                        {Format.number raw} a second"
            $"  share of physics {Format.percent (steps / raw)}, overhead {Format.percent overhead}"
            $"  memory of this process: {Format.number (Machine.peakMemory ())} MiB at most"
        ]
    }
