/// Signals to the processes that this one started.
module MtrlFunctional.Cli.Training.ProcessSignal

open System.Diagnostics
open System.Runtime.InteropServices

[<DllImport("libc")>]
extern int private kill(int pid, int signal)

/// SIGTERM: the process saves and stops.
let terminate (running: Process) = kill (running.Id, 15) |> ignore

/// SIGUSR1: the process saves and stops, with the exit code of one that is to be started again.
let saveAndStop (running: Process) = kill (running.Id, 10) |> ignore
