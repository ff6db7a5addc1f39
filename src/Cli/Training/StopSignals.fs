namespace Mtrl.Cli.Training

open System
open System.Runtime.InteropServices
open System.Threading
open MtrlFunctional

/// Turns Ctrl-C and kill into a wish to stop. The first lets the run save; the second ends the
/// program at once, as it would without this. Dispose: signals mean what they meant before.
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

    /// Asks to stop.
    member _.Token = source.Token

    /// What the program returns after stopping: 130 or 143; 0 where nobody asked.
    member _.ExitCode = code

    interface IDisposable with
        member _.Dispose() =
            registrations |> List.iter _.Dispose()
            source.Dispose()
