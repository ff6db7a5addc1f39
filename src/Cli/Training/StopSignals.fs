namespace MtrlFunctional.Cli.Training

open System
open System.Runtime.InteropServices
open System.Threading
open MtrlFunctional

/// Cancels a token at SIGINT (Ctrl-C) or SIGTERM, so that the run can save its state. A second
/// signal ends the program at once. Dispose restores the default signal handlers.
type StopSignals() =
    let source = new CancellationTokenSource()
    let mutable code = ExitCode.Done

    let listen signal exitCode =
        PosixSignalRegistration.Create(
            signal,
            fun context ->
                if code = ExitCode.Done then
                    code <- exitCode
                    context.Cancel <- true
                    source.Cancel()
                else
                    // The live display hides the cursor.
                    eprintf "\x1b[?25h"
        )

    let registrations = [
        listen PosixSignal.SIGINT ExitCode.Interrupted
        listen PosixSignal.SIGTERM ExitCode.Terminated
    ]

    /// Cancelled by the first signal.
    member _.Token = source.Token

    /// Exit code after a signal: 130 or 143; 0 without one.
    member _.ExitCode = code

    interface IDisposable with
        member _.Dispose() =
            registrations |> List.iter _.Dispose()
            source.Dispose()
