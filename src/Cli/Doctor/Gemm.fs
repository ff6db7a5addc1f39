/// The speed of matrix products, the yardstick of everything that learns.
module Mtrl.Cli.Doctor.Gemm

open System.Diagnostics
open System.Threading
open MtrlFunctional.Tensors

/// Rows, inner and outer width: a power of two that fills the caches as the papers' layers do.
[<Literal>]
let private Size = 1024L

/// fp32 GFLOP/s of one thread that multiplies for about `seconds`: that of the fastest product.
let private oneThread (seconds: float) =
    use _ = Ops.Scope()
    Ops.SetThreads 1
    let shape = [| Size; Size |]
    let a = Ops.Normal(1UL, shape, Numeric.Float32, Ops.Cpu)
    let b = Ops.Normal(2UL, shape, Numeric.Float32, Ops.Cpu)
    let clock = Stopwatch.StartNew()
    let mutable best = infinity

    while clock.Elapsed.TotalSeconds < seconds do
        let before = clock.Elapsed.TotalSeconds
        use product = Ops.MatMul(a, b)
        best <- min best (clock.Elapsed.TotalSeconds - before)

    2.0 * float (Size * Size * Size) / best / 1e9

/// GFLOP/s of `threads` managed threads that multiply at the same time, each by itself, as the
/// data-parallel learner does.
let peak threads seconds =
    let results = Array.zeroCreate threads

    let workers = [
        for i in 0 .. threads - 1 ->
            let worker =
                Thread((fun () -> results[i] <- oneThread seconds), IsBackground = true)

            worker.Start()
            worker
    ]

    workers |> List.iter _.Join()
    Array.sum results
