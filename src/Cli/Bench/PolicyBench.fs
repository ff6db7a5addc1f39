/// `mtrl bench policy`: actions of the shipped policy of MT10, one observation a call.
module MtrlFunctional.Cli.Bench.PolicyBench

open System
open MtrlFunctional.Cli.Display
open MtrlFunctional.Training

[<Literal>]
let private Name = "policy:mt10"

[<Literal>]
let private Calls = 500

/// Short turns: other programs interrupt some of them only.
[<Literal>]
let private TurnsPerRound = 50

/// Calls `Act` with the tasks in turn.
let private act (policy: Policy) (observations: float32[]) (action: float32[]) =
    for call in 0 .. Calls - 1 do
        let task = call % policy.Tasks.Count

        let row =
            ReadOnlySpan(observations, task * policy.ObservationSize, policy.ObservationSize)

        policy.Act(row, task, action.AsSpan())

/// Measures the time of a call and the bytes that it allocates.
let run rounds =
    use policy = Policy.Load Name

    let observations =
        Array.init (policy.Tasks.Count * policy.ObservationSize) (fun i -> sin (float32 i))

    let action = Array.zeroCreate policy.ActionSize
    let turn () = act policy observations action
    // Compiled with what the first calls show.
    for _ in 1..TurnsPerRound do
        turn ()

    let before = GC.GetAllocatedBytesForCurrentThread()
    turn ()

    let bytes = float (GC.GetAllocatedBytesForCurrentThread() - before) / float Calls

    let milliseconds =
        Sample.least [ for _ in 1 .. rounds * TurnsPerRound -> Machine.timed turn ]

    let microseconds = milliseconds / float Calls * 1000.0

    {
        Numbers = [ "microsecondsPerAction", microseconds; "bytesPerAction", bytes ]
        Texts = []
        Lines = [
            $"Actions of {Name}: one observation a call, ONNX Runtime, one thread"
            $"  %.1f{microseconds} µs and {Format.number bytes} bytes a call"
        ]
    }
