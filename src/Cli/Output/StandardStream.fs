/// Standard output and error by system calls. .NET's console waits for its reader without limit and
/// discards the error of a closed pipe.
///
/// Reading order: Delivery → write; `isAbsent` and `isGone` examine a stream without writing.
module MtrlFunctional.Cli.Output.StandardStream

open System
open System.IO
open System.Runtime.InteropServices

type Delivery =
    /// This many bytes were written.
    | Written of int
    /// The stream had no room within the time limit.
    | Stalled
    /// The reader closed its end; every later write fails.
    | Gone
    /// An error of the device, such as a full disk; a later write may succeed.
    | Failed of why: string

[<Struct; StructLayout(LayoutKind.Sequential)>]
type private Polled =
    val mutable Descriptor: int
    val mutable Asked: int16
    val mutable Answered: int16

    new(descriptor, asked) = { Descriptor = descriptor; Asked = asked; Answered = 0s }

[<DllImport("libc", EntryPoint = "poll", SetLastError = true)>]
extern int private pollOne(Polled& descriptors, unativeint count, int milliseconds)

[<DllImport("libc", EntryPoint = "write", SetLastError = true)>]
extern nativeint private writeOnce(int descriptor, byte& first, unativeint count)

[<DllImport("libc", EntryPoint = "_exit")>]
extern void private exitProcess(int code)

let private hasRoom = 4s // POLLOUT
let private isBroken = 8s ||| 16s ||| 32s // POLLERR, POLLHUP, POLLNVAL
let private interrupted = 4 // EINTR
let private deviceError = 5 // EIO: the terminal is gone
let private tryAgain = 11 // EAGAIN
let private brokenPipe = 32 // EPIPE

/// A pipe with room takes so many bytes without waiting (PIPE_BUF).
let private largestWrite = 4096

let private answer descriptor asked (milliseconds: int) =
    let mutable polled = Polled(descriptor, asked)

    if pollOne (&polled, 1un, milliseconds) > 0 then
        polled.Answered
    else
        0s

/// Whether the reader closed its end of a pipe, or the terminal was closed.
let isGone descriptor =
    answer descriptor 0s 0 &&& isBroken <> 0s

/// Whether the process was started without this stream (`>&-`). The number then belongs to a file that
/// the runtime opened: such a file is closed on exec, an inherited stream is not.
let isAbsent descriptor =
    let info = $"/proc/self/fdinfo/{descriptor}"
    let closeOnExec = 0o2000000L

    let flags (line: string) =
        Convert.ToInt64(line.Substring("flags:".Length).Trim(), 8)

    if not (Directory.Exists "/proc/self/fdinfo") then
        false
    elif not (File.Exists info) then
        true
    else
        File.ReadLines info
        |> Seq.filter _.StartsWith("flags:")
        |> Seq.exists (fun line -> flags line &&& closeOnExec <> 0L)

/// Whether two streams are the same pipe, terminal or file.
let isSame (one: int) (other: int) =
    let target (descriptor: int) =
        FileInfo($"/proc/self/fd/{descriptor}").LinkTarget

    target one = target other

/// Writes bytes from an offset, at most 4,096 of them, after waiting for room.
let write descriptor (bytes: byte[]) offset (milliseconds: int) =
    if answer descriptor hasRoom milliseconds = 0s then
        Stalled
    else
        let count = min largestWrite (bytes.Length - offset)
        let written = writeOnce (descriptor, &bytes[offset], unativeint count)

        if written >= 0n then
            Written(int written)
        else
            match Marshal.GetLastPInvokeError() with
            | error when error = brokenPipe || error = deviceError -> Gone
            | error when error = interrupted || error = tryAgain -> Stalled
            | error -> Failed(Marshal.GetPInvokeErrorMessage error)

/// Ends the process without waiting for any thread or library. The cursor of a terminal, which the live
/// display hides, is shown again.
let endNow code =
    if not Console.IsOutputRedirected then
        write 1 "\x1b[?25h"B 0 0 |> ignore

    exitProcess code
