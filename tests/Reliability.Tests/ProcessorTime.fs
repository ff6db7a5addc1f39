/// Processor time of this process, and of those that it started and that have ended.
module MtrlFunctional.Reliability.Tests.ProcessorTime

open System.Diagnostics
open System.Runtime.InteropServices

/// `struct rusage`: seconds and microseconds of the program and of the kernel for it, and fourteen other numbers.
[<Struct; StructLayout(LayoutKind.Sequential, Size = 144)>]
type private Usage =
    val mutable Seconds: int64
    val mutable Microseconds: int64
    val mutable KernelSeconds: int64
    val mutable KernelMicroseconds: int64

[<DllImport("libc")>]
extern int private getrusage(int who, Usage& usage)

// RUSAGE_CHILDREN and RUSAGE_THREAD.
let private ended = -1
let private thread = 1

let private secondsOf who =
    let mutable usage = Unchecked.defaultof<Usage>

    if getrusage (who, &usage) <> 0 then
        failwith "getrusage fails."

    float (usage.Seconds + usage.KernelSeconds)
    + 1e-6 * float (usage.Microseconds + usage.KernelMicroseconds)

/// Seconds of this process.
let ofThis () =
    use self = Process.GetCurrentProcess()
    self.TotalProcessorTime.TotalSeconds

/// Seconds of this thread, without those of tests beside it.
let ofThisThread () = secondsOf thread

/// Seconds of all ended processes that this one started.
let ofChildren () = secondsOf ended

/// The result of an action, and the seconds that a clock counts meanwhile.
let during (clock: unit -> float) act =
    let before = clock ()
    let result = act ()
    result, clock () - before
