namespace MtrlFunctional.Cli.Display

open System
open System.IO
open System.Threading

/// One line of a terminal that shows the state of a command, and is replaced by the next one. Results that
/// are printed in between call `Clear` first. Without a terminal nothing is written.
///
/// At most ten texts a second are drawn; `Dispose` removes the last one. All members may be called from any
/// thread.
type StatusLine(terminal: TextWriter option, width: unit -> int) =
    let gate = obj ()
    let clock = Diagnostics.Stopwatch()
    let mutable length = 0

    let draw (out: TextWriter) (text: string) =
        let text =
            if text.Length < width () then
                text
            else
                text.Substring(0, max 0 (width () - 2)) + "…"

        out.Write("\r" + text.PadRight length)
        out.Flush()
        length <- text.Length

    let isDue () =
        not clock.IsRunning || clock.ElapsedMilliseconds >= 100L

    /// The status line of this process, on standard error.
    static member Standard =
        let isTerminal =
            not Console.IsErrorRedirected
            && Environment.GetEnvironmentVariable "TERM" <> "dumb"

        let width () =
            try
                Console.WindowWidth
            with :? IOException ->
                80

        new StatusLine((if isTerminal then Some Console.Error else None), width)

    /// Shows a text in place of the last one.
    member _.Show(text: string) =
        match terminal with
        | Some out ->
            lock gate (fun () ->
                if isDue () then
                    draw out text
                    clock.Restart())
        | None -> ()

    /// Shows a text that depends on the time since this call, once a second until the result is disposed.
    member this.Every(text: TimeSpan -> string) : IDisposable =
        let since = Diagnostics.Stopwatch.StartNew()
        let second = TimeSpan.FromSeconds 1.0
        new Timer((fun _ -> this.Show(text since.Elapsed)), null, second, second)

    /// Removes the text, so that a line can be printed in its place.
    member _.Clear() =
        match terminal with
        | Some out ->
            lock gate (fun () ->
                if length > 0 then
                    draw out ""
                    out.Write "\r"
                    out.Flush()
                    length <- 0
                    clock.Reset())
        | None -> ()

    interface IDisposable with
        member this.Dispose() = this.Clear()
