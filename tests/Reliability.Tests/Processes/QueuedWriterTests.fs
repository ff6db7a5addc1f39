namespace MtrlFunctional.Reliability.Tests

open System
open System.IO
open System.IO.Pipes
open NUnit.Framework
open FsCheck.NUnit
open MtrlFunctional.Cli.Output
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

/// A queued writer over a pipe of this process.
[<TestFixture>]
module ``a queued writer`` =

    let private brief = TimeSpan.FromSeconds 0.05

    let private over (pipe: AnonymousPipeServerStream) capacity closed =
        new QueuedWriter(
            int (pipe.ClientSafePipeHandle.DangerousGetHandle()),
            capacity,
            closed,
            ignore
        )

    let private pipe () =
        new AnonymousPipeServerStream(PipeDirection.In)

    [<Property(MaxTest = 30)>]
    let ``writes the same texts in the same order`` (texts: string list) =
        let texts =
            texts |> List.map (fun text -> String.filter Char.IsAsciiLetter (string text))

        use reading = pipe ()
        let writer = over reading 1_000_000 ignore
        texts |> List.iter writer.WriteLine
        writer.Drain(TimeSpan.FromSeconds 10.0, (fun () -> true))
        use reader = new StreamReader(reading)
        let read = [ for _ in texts -> reader.ReadLine() ]
        read = texts

    [<Test>]
    let ``without a reader returns at once and holds back its capacity`` () =
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
        Assert.That(seconds, Is.LessThan 5.0)
        Assert.That(held, Is.LessThan 1.0)
        Assert.That(writer.IsIdle, Is.False)
        writer.Drain(brief, (fun () -> true))
        Assert.That(writer.IsIdle, Is.False)

    // The number of the line that follows `text`, where `next` is the one expected there.
    let private following next (text: string) =
        match text.Split ' ' with
        | [| "line"; number; "of"; "the"; "log" |] when number = string next -> next + 1
        | words when text.Contains "texts were not printed" -> next + int (words[0].TrimStart '(')
        | _ -> failwith $"'{text}' stands where line {next} was expected."

    [<Test>]
    let ``counts what it dropped, for a reader that comes back`` () =
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
        Assert.That(texts |> Seq.fold following 1, Is.EqualTo(count + 1))
        Assert.That(texts |> Seq.exists _.Contains("not printed"))

    [<Test>]
    let ``notices a reader that closes, also while nothing is written`` () =
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
        Assert.That(writer.IsIdle, "Nothing waits for a reader that is gone.")
