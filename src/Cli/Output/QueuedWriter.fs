namespace MtrlFunctional.Cli.Output

open System
open System.Collections.Generic
open System.Globalization
open System.IO
open System.Text
open System.Threading

/// A writer that never waits for its reader: whole lines and flushed texts go into a bounded queue, from
/// which a thread writes them. Lines that find the queue full are dropped and counted; the next line that
/// is written follows their number.
///
/// `closed` is called once when the reader is gone, `failed` at the first error of the device, both on
/// the thread of the writer.
type QueuedWriter(descriptor: int, capacity: int, closed: unit -> unit, failed: string -> unit) =
    inherit TextWriter(CultureInfo.InvariantCulture)

    // So often an idle writer examines whether its reader is gone.
    let examination = 500
    let encoding = UTF8Encoding false
    let gate = obj ()
    let text = StringBuilder()
    let queue = Queue<byte[]>()
    let mutable bytes = 0
    let mutable dropped = 0
    let mutable isOpen = true
    let mutable hasFailed = false

    let add (text: string) =
        let encoded = encoding.GetBytes text
        queue.Enqueue encoded
        bytes <- bytes + encoded.Length

    // After a drop the queue is emptied first, so that gaps are few.
    let enqueue () =
        let hasRoom =
            if dropped > 0 then
                bytes = 0
            else
                bytes + text.Length <= capacity

        if text.Length > 0 then
            if isOpen && hasRoom then
                if dropped > 0 then
                    add $"({dropped} texts were not printed, because nobody read them.)\n"
                    dropped <- 0

                add (text.ToString())
                Monitor.PulseAll gate
            else
                dropped <- dropped + 1

            text.Clear() |> ignore

    let put (value: string) =
        lock gate (fun () ->
            text.Append value |> ignore

            if text.Length > 0 && text[text.Length - 1] = '\n' then
                enqueue ())

    let close () =
        lock gate (fun () ->
            isOpen <- false
            queue.Clear()
            bytes <- 0
            Monitor.PulseAll gate)

        closed ()

    let awaitText () =
        lock gate (fun () ->
            if queue.Count = 0 then
                Monitor.Wait(gate, examination) |> ignore

            if queue.Count > 0 then Some(queue.Peek()) else None)

    let remove () =
        lock gate (fun () ->
            bytes <- bytes - queue.Dequeue().Length
            Monitor.PulseAll gate)

    let fail why =
        remove ()

        if not hasFailed then
            hasFailed <- true
            failed why

    let rec deliver (text: byte[]) offset =
        if offset = text.Length then
            remove ()
        else
            match StandardStream.write descriptor text offset examination with
            | StandardStream.Written count ->
                lock gate (fun () -> Monitor.PulseAll gate)
                deliver text (offset + count)
            | StandardStream.Stalled -> deliver text offset
            | StandardStream.Gone -> close ()
            | StandardStream.Failed why -> fail why

    let work () =
        while isOpen do
            match awaitText () with
            | Some text -> deliver text 0
            | None when StandardStream.isGone descriptor -> close ()
            | None -> ()

    do Thread(work, IsBackground = true, Name = $"output {descriptor}").Start()

    override _.Encoding = encoding

    override _.Write(value: char) = put (string value)
    override _.Write(value: string) = put value
    override _.WriteLine(value: string) = put (value + "\n")
    override _.Flush() = lock gate enqueue

    member _.IsIdle = lock gate (fun () -> bytes = 0)

    /// Waits until everything is written, as long as `mayWait`, and for at most `patience` between two
    /// writes.
    member _.Drain(patience: TimeSpan, mayWait: unit -> bool) =
        lock gate (fun () ->
            enqueue ()

            while bytes > 0 && mayWait () && Monitor.Wait(gate, patience) do
                ())
