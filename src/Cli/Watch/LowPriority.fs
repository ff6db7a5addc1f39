/// Work that leaves the processors to everything else.
module MtrlFunctional.Cli.Watch.LowPriority

open System.Runtime.InteropServices
open System.Threading.Tasks

[<DllImport("libc", SetLastError = true)>]
extern int private setpriority(int which, uint32 who, int priority)

/// In Linux a priority belongs to a thread, and the threads that it starts inherit it.
let private lower () =
    let thisThread = 0
    setpriority (thisThread, 0u, 19) |> ignore

/// The result of a function on a thread of the lowest priority, which the threads that it starts have, too.
let start (work: unit -> 'a) : 'a =
    let lowered () =
        lower ()
        work ()

    // A thread of its own: those of the pool keep their priority for others.
    Task.Factory.StartNew(lowered, TaskCreationOptions.LongRunning).GetAwaiter().GetResult()
