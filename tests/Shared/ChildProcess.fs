/// Programs as processes of their own: run to their end, or started for tests that kill them or ask them to stop.
module MtrlFunctional.Tests.ChildProcess

open System.Diagnostics
open MtrlFunctional.Storage
open MtrlFunctional.Tests.Child

/// The file of `mtrl`, which `dotnet` runs.
let mtrl = typeof<MtrlFunctional.Cli.Training.StopSignals>.Assembly.Location

/// A process that ends at its disposal, with what it started: none outlives a test that fails.
type private Running(info) =
    inherit Process(StartInfo = info)

    override this.Dispose(disposing: bool) =
        if disposing then
            try
                this.Kill(entireProcessTree = true)
            with :? System.InvalidOperationException ->
                // Was disposed of before.
                ()

        base.Dispose disposing

/// Starts a process that its disposal kills.
let begun info : Process =
    let running = new Running(info)
    running.Start() |> ignore
    running

/// Starts a program in a folder; what it prints is to be read.
let private launch
    (folder: string)
    (program: string)
    (arguments: string list)
    (environment: (string * string) list)
    =
    let info =
        ProcessStartInfo(
            program,
            arguments,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    for name, value in environment do
        info.Environment[name] <- value

    begun info

/// Runs a program to its end in a folder: exit code, output and errors.
let executeIn folder program arguments environment =
    use running = launch folder program arguments environment
    let errors = running.StandardError.ReadToEndAsync()
    let output = running.StandardOutput.ReadToEnd()
    running.WaitForExit()
    running.ExitCode, output, errors.Result

/// The same in the folder of the tests.
let execute program arguments environment =
    executeIn "" program arguments environment

/// Starts a program in a folder; what it prints goes nowhere.
let startIn folder program arguments =
    let started = launch folder program arguments []
    started.OutputDataReceived.Add ignore
    started.ErrorDataReceived.Add ignore
    started.BeginOutputReadLine()
    started.BeginErrorReadLine()
    started

/// Starts `mtrl ARGUMENTS`; what it prints goes nowhere.
let start arguments = startIn "" "dotnet" (mtrl :: arguments)

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
