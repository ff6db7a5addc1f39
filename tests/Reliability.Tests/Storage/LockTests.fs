namespace MtrlFunctional.Reliability.Tests

open System
open System.Diagnostics
open System.IO
open NUnit.Framework
open MtrlFunctional.Tests
open MtrlFunctional.Tests.Child

/// Processes that start in one folder at once.
[<TestFixture; NonParallelizable>]
type ``many starters in one folder``() =
    let start folder (withFlock: bool) =
        let library = if withFlock then "" else FaultyChild.libraryOrSkip ()
        let arguments = [ typeof<ToyTraining>.Assembly.Location; "contend"; folder; library ]

        let info =
            ProcessStartInfo(
                "dotnet",
                arguments,
                RedirectStandardInput = true,
                RedirectStandardOutput = true
            )

        if not withFlock then
            info.Environment["LD_PRELOAD"] <- library
            info.Environment["FAULTS_NO_FLOCK"] <- "1"

        nonNull (Process.Start info)

    let ask (running: Process list) =
        for one in running do
            one.StandardInput.WriteLine()
            one.StandardInput.Flush()

        [ for one in running -> nonNull (one.StandardOutput.ReadLine()) ]

    let starters, rounds = LongForm.count 4 8, LongForm.count 10 200

    [<Test>]
    member _.``have one winner, and the others its name``([<Values>] withFlock: bool) =
        let folder = FaultyChild.newFolder "lock"
        let running = [ for _ in 1..starters -> start folder withFlock ]

        try
            for one in running do
                Assert.That(one.StandardOutput.ReadLine(), Is.EqualTo "ready")

            for round in 1..rounds do
                let watch = Stopwatch.StartNew()
                let answers = ask running
                let seconds = watch.Elapsed.TotalSeconds
                let winners = List.zip running answers |> List.filter (snd >> (=) "won")
                Assert.That(winners.Length, Is.EqualTo 1, $"round {round}: %A{answers}")
                let owner = $"process {(fst winners.Head).Id} on {Environment.MachineName} since 20"

                for answer in answers do
                    if answer <> "won" then
                        Assert.That(answer, Does.Contain owner)

                Assert.That(seconds, Is.LessThan 10.0)
                ask running |> ignore

            LongForm.report
                $"{starters} starters, {rounds} rounds, flock {withFlock}: one winner each"
        finally
            for one in running do
                one.Kill()
                one.WaitForExit()

            Directory.Delete(folder, true)

    /// All that are left find its claim at once.
    [<Test>]
    member _.``have one winner where the owner was killed, too``([<Values>] withFlock: bool) =
        let folder = FaultyChild.newFolder "lock"
        let rounds = LongForm.count 3 100

        let ready (one: Process) =
            Assert.That(one.StandardOutput.ReadLine(), Is.EqualTo "ready")
            one

        let mutable running = [ for _ in 0..starters -> start folder withFlock ]

        try
            for one in running do
                ready one |> ignore

            Assert.That(ask [ running.Head ], Is.EqualTo(box [ "won" ]))

            for round in 1..rounds do
                // The first one holds the lock.
                running.Head.Kill()
                running.Head.WaitForExit()
                running <- running.Tail
                let answers = ask running
                let won, lost = List.zip running answers |> List.partition (snd >> (=) "won")
                Assert.That(won.Length, Is.EqualTo 1, $"round {round}: %A{answers}")
                let winner = fst won.Head

                for _, answer in lost do
                    Assert.That(answer, Does.Contain $"process {winner.Id} on ")

                ask (List.map fst lost) |> ignore
                running <- winner :: List.map fst lost @ [ start folder withFlock |> ready ]

            LongForm.report
                $"{rounds} killed owners, {starters} starters, flock {withFlock}: one winner each"
        finally
            for one in running do
                one.Kill()
                one.WaitForExit()

            Directory.Delete(folder, true)

    [<Test>]
    member _.``on a read-only disk get that message``() =
        use scratch = new FaultyChild.ScratchFolder "lock"
        let folder = scratch.Path

        let code, _, errors =
            FaultyChild.run [ "FAULTS_READ_ONLY", folder ] [ "hold"; folder ]

        Assert.That(code, Is.EqualTo MtrlFunctional.ExitCode.WrongInput)
        Assert.That(errors, Does.Contain "the disk is read-only")
