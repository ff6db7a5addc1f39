/// Trainings in processes of their own on this machine.
module MtrlFunctional.Cli.Training.TrainingProcess

open System
open System.Diagnostics
open System.IO
open System.Reflection
open System.Runtime.InteropServices
open MtrlFunctional.Experiments

/// What starts this program, whether or not `dotnet` is on the path.
let program () = [
    Path.GetFullPath(
        Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet")
    )
    Assembly.GetExecutingAssembly().Location
]

/// The word with the threads of a run that shares processors, where its experiment leaves them open.
let threads processors (e: Experiment) = [
    if e.Setup.Threads.IsNone then
        $"setup.threads={max 1 processors}"
]

/// Starts words; `write` receives each line that the process prints, by one thread at a time.
let start (words: string list) (write: string -> unit) =
    let info =
        ProcessStartInfo(
            List.head words,
            List.tail words,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    let running = nonNull (Process.Start info)
    let gate = obj ()

    let receive (line: string | null) =
        match line with
        | null -> ()
        | line -> lock gate (fun () -> write line)

    running.OutputDataReceived.Add(fun line -> receive line.Data)
    running.ErrorDataReceived.Add(fun line -> receive line.Data)
    running.BeginOutputReadLine()
    running.BeginErrorReadLine()
    running

[<DllImport("libc")>]
extern int private kill(int pid, int signal)

/// Asks by SIGUSR1, which does not end a process that was asked already, by the Ctrl-C of a terminal for example.
let saveAndStop (running: Process) = kill (running.Id, 10) |> ignore
