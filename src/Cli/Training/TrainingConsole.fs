namespace MtrlFunctional.Cli.Training

open System
open System.IO
open MtrlFunctional
open MtrlFunctional.Processes
open MtrlFunctional.Cli.Output

type ConsoleOptions = {
    /// Readable lines in place of the live display.
    Plain: bool
    /// The lines of `train.log` in place of both.
    PaperLines: bool
    /// Trains on after the reader of the output, or the terminal, was closed.
    Detach: bool
    /// Ends a run at its first evaluation at or after this step.
    Until: int64 option
}

module ConsoleOptions =
    /// The live display on a terminal, readable lines elsewhere.
    let usual = { Plain = false; PaperLines = false; Detach = false; Until = None }

/// Signals and output of a command that trains, for all its runs. Made before the first run is built, so
/// that a signal at any later time saves. Dispose restores the default signal handlers. `crew`: the processes of which this one
/// leads; null: it is alone.
type TrainingConsole(options: ConsoleOptions, crew: Crew | null) =
    let signals = new StopSignals(ignoreHangup = options.Detach)

    let closed () =
        if not options.Detach then
            eprintfn
                "mtrl: standard output was closed: the run saves and stops. With --detach it goes on."

            signals.Stop(
                if Console.IsOutputRedirected then
                    ExitCode.Interrupted
                else
                    ExitCode.HungUp
            )

    let failed why =
        eprintfn
            $"mtrl: standard output cannot be written ({why}). Training goes on; its lines are in train.log."

    do
        ProcessOutput.decouple closed failed
        RuntimeSockets.removeStale (Path.GetTempPath())

    /// Of a process that is alone.
    new(options) = new TrainingConsole(options, null)

    // Launchers give each process a terminal, and join what all of them print.
    member _.Plain = options.Plain || not (isNull crew)
    member _.PaperLines = options.PaperLines
    member _.Until = options.Until
    member _.Detach = options.Detach

    /// Cancelled by the first signal, and when the output was closed.
    member _.Token = signals.Token

    member _.Crew = crew

    /// Exit code after a stop; 0 without one.
    member _.ExitCode =
        match crew with
        | null -> signals.ExitCode
        | _ -> ExitCode.StartAgain

    interface IDisposable with
        member _.Dispose() = (signals :> IDisposable).Dispose()
