/// The program as a process of its own, for tests that kill it or ask it to stop.
module MtrlFunctional.Tests.ChildProcess

open System.Diagnostics
open MtrlFunctional.Storage
open MtrlFunctional.Tests.Child

/// Starts `mtrl ARGUMENTS`; what it prints goes nowhere.
let start (arguments: string list) : Process =
    let program = typeof<MtrlFunctional.Cli.Training.StopSignals>.Assembly.Location
    let info = ProcessStartInfo("dotnet", program :: arguments)
    info.RedirectStandardOutput <- true
    info.RedirectStandardError <- true
    let started = nonNull (Process.Start info)
    started.OutputDataReceived.Add ignore
    started.ErrorDataReceived.Add ignore
    started.BeginOutputReadLine()
    started.BeginErrorReadLine()
    started

/// Asks to stop, and waits.
let terminate (running: Process) =
    use _ = Process.Start("kill", [ "-TERM"; string running.Id ])
    running.WaitForExit()

/// Waits until the run in a folder has a checkpoint at or after a step, or ends by itself.
let awaitCheckpoint (running: Process) (run: string) step =
    let checkpoints = (RunFolder run).Checkpoints

    Waiting.Until(
        $"a checkpoint of step {step} in {run}",
        fun () -> running.HasExited || checkpoints.Steps() |> Seq.exists (fun s -> s >= step)
    )
