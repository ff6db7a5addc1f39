/// Standard output and error of this process. A command that trains decouples them from their readers:
/// what it prints is queued, and dropped when nobody reads.
///
/// Reading order: decouple (a command that trains) → drain → guard (the program, around every command).
module MtrlFunctional.Cli.Output.ProcessOutput

open System
open System.IO

/// Bytes that a stream may hold back.
let private capacity = 256 * 1024

let private patience = TimeSpan.FromSeconds 1.0
let private limit = TimeSpan.FromSeconds 4.0

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
    let code = program ()
    drain ()
    code
