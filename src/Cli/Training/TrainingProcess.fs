/// Trainings in processes of their own on this machine.
module MtrlFunctional.Cli.Training.TrainingProcess

open System.Runtime.InteropServices
open System.Threading
open MtrlFunctional.Experiments
open MtrlFunctional.Cli.Output

/// The word with the threads of a run that shares processors, where its experiment leaves them open.
let threads processors (e: Experiment) = [
    if e.Setup.Threads.IsNone then
        $"setup.threads={max 1 processors}"
]

/// Starts words; `write` receives each line that the process prints, by one thread at a time.
let private start (words: string list) (write: string -> unit) =
    let running = StartedProcess.start words []
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

/// Runs words to their end; the exit code. Where the token is cancelled, the process is asked to save and stop by SIGUSR1, which does
/// not end one that was asked already, by the Ctrl-C of a terminal for example.
let run (stop: CancellationToken) words write =
    task {
        use running = start words write
        use _ = stop.Register(fun () -> kill (running.Id, 10) |> ignore)
        do! running.WaitForExitAsync()
        return running.ExitCode
    }
