module MtrlFunctional.Reliability.Tests.Processes.QueuedWriterTests

open Expecto
open Expecto.Flip
open System
open System.IO
open System.IO.Pipes
open MtrlFunctional.Cli.Output
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

/// A queued writer over a pipe of this process.
let ``a queued writer`` = [

    let brief = TimeSpan.FromSeconds 0.05

    let over (pipe: AnonymousPipeServerStream) capacity closed =
        new QueuedWriter(
            int (pipe.ClientSafePipeHandle.DangerousGetHandle()),
            capacity,
            closed,
            ignore
        )

    let pipe () =
        new AnonymousPipeServerStream(PipeDirection.In)

    testLaw 30 [] "writes the same texts in the same order"
    <| fun (texts: string list) ->
        let texts =
            texts |> List.map (fun text -> String.filter Char.IsAsciiLetter (string text))

        use reading = pipe ()
        let writer = over reading 1_000_000 ignore
        texts |> List.iter writer.WriteLine
        writer.Drain(TimeSpan.FromSeconds 10.0, (fun () -> true))
        use reader = new StreamReader(reading)
        [ for _ in texts -> reader.ReadLine() ] = texts

    testCase "without a reader returns at once and holds back its capacity" (fun () ->
        use unread = pipe ()
        let writer = over unread 200_000 ignore
        // More than the pipe takes.
        writer.WriteLine(String('x', 70_000))
        let before = GC.GetTotalMemory true
        let clock = Diagnostics.Stopwatch.StartNew()

        for _ in 1 .. LongForm.count 20_000 1_000_000 do
            writer.WriteLine "a line of the log, as long as lines of a log are, or nearly so"

        let seconds = clock.Elapsed.TotalSeconds
        let held = float (GC.GetTotalMemory true - before) / 1e6
        LongForm.report $"reader that stalls: {held:F2} MB held"
        seconds |> isBelow 5.0
        held |> isBelow 1.0
        writer.IsIdle |> isFalse
        writer.Drain(brief, (fun () -> true))
        writer.IsIdle |> isFalse)

    // The number of the line that follows `text`, where `next` is the one expected there.
    let following next (text: string) =
        match text.Split ' ' with
        | [| "line"; number; "of"; "the"; "log" |] when number = string next -> next + 1
        | words when text.Contains "texts were not printed" -> next + int (words[0].TrimStart '(')
        | _ -> failwith $"'{text}' stands where line {next} was expected."

    testCase "counts what it dropped, for a reader that comes back" (fun () ->
        use reading = pipe ()
        let writer = over reading 10_000 ignore
        let count = 5_000

        for number in 1..count do
            writer.WriteLine $"line {number} of the log"

        use reader = new StreamReader(reading)
        let read = Collections.Generic.List<string>()
        let readLine () = read.Add(nonNull (reader.ReadLine()))

        Waiting.Until(
            "empty",
            fun () ->
                if not writer.IsIdle then
                    readLine ()

                writer.IsIdle
        )

        writer.WriteLine "the next line"

        while read.Count = 0 || read[read.Count - 1] <> "the next line" do
            readLine ()

        // A writer that keeps up for a while leaves more than one gap.
        let texts = read |> Seq.take (read.Count - 1)
        texts |> Seq.fold following 1 |> equals (count + 1)
        texts |> Seq.exists _.Contains("not printed") |> isTrue)

    testCase "notices a reader that closes, also while nothing is written" (fun () ->
        use reading = pipe ()
        let closures = ref 0

        let closed () =
            Threading.Interlocked.Increment &closures.contents |> ignore

        let number = int (reading.ClientSafePipeHandle.DangerousGetHandle())
        let writer = new QueuedWriter(number, 10_000, closed, ignore)
        writer.WriteLine "first"
        reading.SafePipeHandle.Dispose()
        Waiting.Until("closed", fun () -> Threading.Volatile.Read &closures.contents = 1)
        writer.WriteLine "second"
        writer.IsIdle |> Expect.isTrue "Nothing waits for a reader that is gone.")
]
