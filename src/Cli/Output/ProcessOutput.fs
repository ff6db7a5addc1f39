/// Standard output and error of this process. A command that trains decouples them from their readers:
/// what it prints is queued, and dropped when nobody reads.
///
/// Reading order: decouple (a command that trains) → drain → guard (the program, around every command).
module MtrlFunctional.Cli.Output.ProcessOutput

open System
open System.IO
open MtrlFunctional

/// Bytes that a stream may hold back.
let private capacity = 256 * 1024

let private patience = TimeSpan.FromSeconds 1.0
let private limit = TimeSpan.FromSeconds 4.0

/// A stream that cannot be written ends the program with a message (`failed` raises it), or is given up.
type private GuardedWriter(inner: TextWriter, failed: exn -> unit) =
    inherit TextWriter()

    let attempt (write: unit -> unit) =
        try
            write ()
        with
        | :? IOException
        | :? UnauthorizedAccessException as e -> failed e

    override _.Encoding = inner.Encoding

    override _.Write(character: char) =
        attempt (fun () -> inner.Write character)

    override _.Write(text: string) = attempt (fun () -> inner.Write text)

    override _.Write(characters: char[], index: int, count: int) =
        attempt (fun () -> inner.Write(characters, index, count))

    override _.Flush() = attempt inner.Flush

let mutable private isOwned = false
let mutable private writers: QueuedWriter list = []

/// Whether everything printed so far was read; a display skips its drawings otherwise.
let isIdle () = writers |> List.forall _.IsIdle

let private writer descriptor closed failed : TextWriter =
    if StandardStream.isAbsent descriptor then
        TextWriter.Null
    else
        let writer = new QueuedWriter(descriptor, capacity, closed, failed)
        writers <- writer :: writers
        writer

/// Lets `Console.Out` and `Console.Error` drop texts in place of waiting for a reader, until the process
/// ends. `closed` is called once when the reader of standard output is gone, `failed` with the first error
/// of its device. Does nothing in a process that is not the program's own, such as a test or a script.
let decouple closed failed =
    if isOwned && writers.IsEmpty then
        let output = writer 1 closed failed
        // One queue for both keeps the order of the lines.
        Console.SetError(
            if StandardStream.isSame 1 2 then
                output
            else
                writer 2 ignore ignore
        )

        Console.SetOut output

        if StandardStream.isAbsent 1 then
            failed "it is closed"

/// Waits for slow readers, but not for one that does not read.
let drain () =
    let clock = Diagnostics.Stopwatch.StartNew()

    for writer in writers do
        writer.Drain(patience, (fun () -> clock.Elapsed < limit))

/// Runs the program, and then lets its readers read the rest.
let guard (program: unit -> int) =
    isOwned <- true

    let unwritten (e: exn) =
        // A write to a closed descriptor, or to one that was opened for reading, is told by .NET as if it were a file's rights.
        let why =
            match e with
            | :? UnauthorizedAccessException -> "it is closed"
            | _ -> e.Message.TrimEnd '.'

        raise (MtrlException($"standard output cannot be written ({why}).", ExitCode.Stopped, e))

    // A terminal is written by .NET as it is.
    if Console.IsOutputRedirected then
        Console.SetOut(new GuardedWriter(Console.Out, unwritten))

    if Console.IsErrorRedirected then
        Console.SetError(new GuardedWriter(Console.Error, ignore))

    let code = program ()
    drain ()
    code
