namespace MtrlFunctional.Cli.Training

open System
open System.Globalization
open System.IO
open System.Runtime.InteropServices
open System.Threading
open MtrlFunctional
open MtrlFunctional.Cli.Output

/// Cancels a token at SIGINT (Ctrl-C), SIGTERM, SIGHUP, SIGQUIT or SIGUSR1, so that a run can save its
/// state. A second signal ends the program at once, but for SIGUSR1, which asks to save and no more. Dispose restores the default
/// signal handlers.
///
/// A signal that the process was started to ignore (`nohup`, a background job of a shell) stays ignored.
/// With `ignoreHangup`, so does SIGHUP.
type StopSignals(ignoreHangup: bool) =
    let source = new CancellationTokenSource()
    let clock = Diagnostics.Stopwatch.StartNew()
    let gate = obj ()
    let mutable code = ExitCode.Done
    let mutable first: TimeSpan option = None

    let userSignal = 10 // SIGUSR1

    /// A closed terminal sends SIGHUP twice: by the shell and by the kernel.
    let isRepetition exitCode =
        exitCode = ExitCode.HungUp
        && code = ExitCode.HungUp
        && first |> Option.exists (fun at -> clock.Elapsed - at < TimeSpan.FromSeconds 1.0)

    let stop exitCode =
        if code = ExitCode.Done then
            code <- exitCode
            source.Cancel()

    let receive exitCode =
        lock gate (fun () ->
            match first with
            | None ->
                first <- Some clock.Elapsed
                stop exitCode
            | Some _ when exitCode = ExitCode.StartAgain || isRepetition exitCode -> ()
            | Some _ -> StandardStream.endNow exitCode)

    /// Signals that were ignored before the runtime started, as a mask.
    let ignored =
        let status = "/proc/self/status"

        if File.Exists status then
            File.ReadLines status
            |> Seq.tryFind _.StartsWith("SigIgn:")
            |> Option.map (fun line ->
                UInt64.Parse(line.Substring(7).Trim(), NumberStyles.HexNumber))
            |> Option.defaultValue 0UL
        else
            0UL

    let listen (signal: PosixSignal) number exitCode =
        let isIgnored = ignored >>> (number - 1) &&& 1UL = 1UL

        if isIgnored then
            None
        else
            Some(
                PosixSignalRegistration.Create(
                    signal,
                    fun context ->
                        context.Cancel <- true

                        if not (ignoreHangup && exitCode = ExitCode.HungUp) then
                            receive exitCode
                )
            )

    let registrations =
        [
            PosixSignal.SIGINT, ExitCode.Interrupted
            PosixSignal.SIGTERM, ExitCode.Terminated
            PosixSignal.SIGHUP, ExitCode.HungUp
            PosixSignal.SIGQUIT, ExitCode.Quit
        ]
        |> List.choose (fun (signal, exitCode) -> listen signal (exitCode - 128) exitCode)
        |> List.append (Option.toList (listen (enum userSignal) userSignal ExitCode.StartAgain))

    /// Cancelled by the first signal.
    member _.Token = source.Token

    /// Exit code after a signal: 128 and its number, of SIGUSR1 85; 0 without one.
    member _.ExitCode = code

    /// Waits for a signal; its exit code.
    member _.Wait() =
        source.Token.WaitHandle.WaitOne() |> ignore
        code

    /// Stops as a signal with this exit code does, unless a stop was requested before.
    member _.Stop exitCode = lock gate (fun () -> stop exitCode)

    /// The exit code of work that a signal cancels by its token.
    static member Cancelling(work: CancellationToken -> unit) =
        use signals = new StopSignals(ignoreHangup = false)

        try
            work signals.Token
            ExitCode.Done
        with :? OperationCanceledException ->
            signals.ExitCode

    interface IDisposable with
        member _.Dispose() = registrations |> List.iter _.Dispose()
