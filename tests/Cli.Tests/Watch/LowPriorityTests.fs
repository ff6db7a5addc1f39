module MtrlFunctional.Cli.Tests.Watch.LowPriorityTests

open Expecto
open System
open System.IO
open System.Threading
open MtrlFunctional.Cli.Watch

let ``work of low priority`` = [
    /// Of the calling thread: the nineteenth field of its state, behind a name in brackets.
    let niceness () =
        let state = File.ReadAllText "/proc/thread-self/stat"
        int (state.Substring(state.LastIndexOf ')' + 2).Split(' ')[16])

    testCase "lowers its own thread and those that it starts, and no other" (fun () ->
        if not (OperatingSystem.IsLinux()) then
            skiptest "Threads have a priority of their own in Linux only."

        let before = niceness ()

        let own, started =
            LowPriority.start (fun () ->
                let inner = [| 0 |]
                let thread = Thread(fun () -> inner[0] <- niceness ())
                thread.Start()
                thread.Join()
                niceness (), inner[0])

        own |> equals 19
        started |> equals 19
        niceness () |> equals before)

    testCase "passes on what it raises" (fun () ->
        Expect.throwsC
            (fun () -> LowPriority.start (fun () -> raise (IOException "full")) |> ignore)
            (fun error ->
                error.GetType() |> equals typeof<IOException>
                error.Message |> equals "full"))
]
