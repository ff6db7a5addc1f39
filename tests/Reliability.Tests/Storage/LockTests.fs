module MtrlFunctional.Reliability.Tests.Storage.LockTests

open Expecto
open Expecto.Flip
open System
open System.Diagnostics
open MtrlFunctional
open MtrlFunctional.Tests
open MtrlFunctional.Reliability.Tests
open MtrlFunctional.Tests.Child

/// Processes that start in one folder at once.
let ``many starters in one folder`` = [
    let start folder withFlock =
        let library = if withFlock then "" else PreloadedLibrary.faults.Value
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

    /// Ends processes.
    let kill (running: Process list) =
        for one in running do
            one.Kill()
            one.WaitForExit()

    let ready (one: Process) =
        one.StandardOutput.ReadLine() |> equals "ready"
        one

    testNamed "have one winner, and the others its name" [
        "without flock", false
        if LongForm.isAsked then
            "with flock", true
    ]
    <| fun withFlock ->
        let folder = TestFolder.inMemory "lock"
        let running = [ for _ in 1..starters -> start folder withFlock ]

        try
            running |> List.iter (ready >> ignore)

            for round in 1..rounds do
                let watch = Stopwatch.StartNew()
                let answers = ask running
                let seconds = watch.Elapsed.TotalSeconds
                let winners = List.zip running answers |> List.filter (snd >> (=) "won")
                winners.Length |> Expect.equal $"round {round}: %A{answers}" 1
                let owner = $"process {(fst winners.Head).Id} on {Environment.MachineName} since 20"

                for answer in answers do
                    if answer <> "won" then
                        answer |> contains owner

                seconds |> isBelow 10.0
                ask running |> ignore

            LongForm.report
                $"{starters} starters, {rounds} rounds, flock {withFlock}: one winner each"
        finally
            kill running

    /// All that are left find its claim at once.
    testNamed "have one winner where the owner was killed, too" [
        "with flock", true
        "without flock", false
    ]
    <| fun withFlock ->
        let folder = TestFolder.inMemory "lock"
        let rounds = LongForm.count 3 100
        let mutable running = [ for _ in 0..starters -> start folder withFlock ]

        try
            running |> List.iter (ready >> ignore)
            ask [ running.Head ] |> equals [ "won" ]

            for round in 1..rounds do
                // The first one holds the lock.
                kill [ running.Head ]
                running <- running.Tail
                let answers = ask running
                let won, lost = List.zip running answers |> List.partition (snd >> (=) "won")
                won.Length |> Expect.equal $"round {round}: %A{answers}" 1
                let winner = fst won.Head

                for _, answer in lost do
                    answer |> contains $"process {winner.Id} on "

                ask (List.map fst lost) |> ignore
                running <- winner :: List.map fst lost @ [ start folder withFlock |> ready ]

            LongForm.report
                $"{rounds} killed owners, {starters} starters, flock {withFlock}: one winner each"
        finally
            kill running

    testCase "on a read-only disk get that message" (fun () ->
        let folder = TestFolder.inMemory "lock"

        let code, _, errors =
            FaultyChild.run [ "FAULTS_READ_ONLY", folder ] [ "hold"; folder ]

        code |> equals ExitCode.WrongInput
        errors |> contains "the disk is read-only")
]
