module MtrlFunctional.Cli.Tests.Watch.ProcessorBudgetTests

open Expecto
open System
open System.Diagnostics
open System.Threading
open FsCheck.FSharp
open MtrlFunctional.Cli.Watch

let ``a budget of processor time`` = [
    let limits = {
        Rate = 0.02
        Most = TimeSpan.FromSeconds 5.0
        LongestWait = TimeSpan.FromDays 1.0
    }

    let milliseconds (x: int) = TimeSpan.FromMilliseconds(float x)

    /// Pauses and costs of pieces of work, in milliseconds.
    let work =
        Gen.zip (Gen.choose (0, 20_000)) (Gen.choose (0, 3_000))
        |> Gen.listOf
        |> Arb.fromGen

    let law name (holds: (int * int) list -> bool) =
        testLaw 100 [] name (Prop.forAll work holds)

    /// What each moment had used, where a worker pauses, waits as long as it must, and works.
    let used limits pieces =
        let step (balance, at, used) (pause, cost) =
            let at = at + milliseconds pause
            let balance = Balance.next limits at used balance
            let at = at + Balance.wait limits balance
            balance, at + milliseconds cost, used + milliseconds cost

        pieces
        |> List.scan step (Balance.start limits TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero)
        |> List.map (fun (_, at, used) -> at, used)

    law "is exceeded by the last piece of work at most" (fun pieces ->
        let largest = pieces |> List.map snd |> List.fold max 0 |> milliseconds

        used limits pieces
        |> List.forall (fun (at, used) ->
            used <= limits.Most + limits.Rate * at + largest + milliseconds 1))

    law "delays nothing that stays below it" (fun pieces ->
        let modest = [ for pause, cost in pieces -> pause, min cost (pause / 51) ]

        List.zip (used limits modest |> List.tail) modest
        |> List.scan
            (fun (before, _) ((at, _), (pause, cost)) ->
                at, at - before = milliseconds (pause + cost))
            (TimeSpan.Zero, true)
        |> List.forall snd)

    testCase "does not count what it grants" (fun () ->
        let spent = ref TimeSpan.Zero
        let budget = ProcessorBudget(limits, fun () -> spent.Value)
        budget.Grant(fun () -> spent.Value <- TimeSpan.FromHours 1.0)
        isTrue (budget.Wait(CancellationToken.None)).IsCompleted
        spent.Value <- TimeSpan.FromHours 2.0
        isFalse (budget.Wait(CancellationToken.None)).IsCompleted)

    let short = { limits with LongestWait = milliseconds 700 }

    law "waits no longer than its longest wait" (fun pieces ->
        used short pieces
        |> List.pairwise
        |> List.zip pieces
        |> List.forall (fun ((pause, cost), ((before, _), (at, _))) ->
            at - before <= milliseconds (pause + cost + 700)))

    testCase "forgets what the longest wait cannot pay back" (fun () ->
        let hour = TimeSpan.FromHours 1.0

        let after =
            Balance.start short TimeSpan.Zero |> Balance.next short TimeSpan.Zero hour

        Balance.wait short after |> equals (milliseconds 700)
        let later = Balance.next short (milliseconds 700) hour after
        Balance.wait short later |> equals TimeSpan.Zero)

    testCase "makes a task that ends when work is within it" (fun () ->
        let used = ref TimeSpan.Zero

        let budget = ProcessorBudget({ limits with Rate = 1.0 }, fun () -> used.Value)
        budget.Wait(CancellationToken.None).IsCompleted |> isTrue
        used.Value <- TimeSpan.FromSeconds 5.3
        let watch = Stopwatch.StartNew()
        budget.Wait(CancellationToken.None).GetAwaiter().GetResult()
        watch.Elapsed.TotalSeconds |> isAbove 0.1
        // Timers may end some milliseconds early.
        budget.Wait(CancellationToken.None).Wait(milliseconds 20) |> isTrue)

    testCase "gives up when its caller does" (fun () ->
        use stopping = new CancellationTokenSource()
        let used = ref TimeSpan.Zero
        let budget = ProcessorBudget(limits, fun () -> used.Value)
        used.Value <- TimeSpan.FromHours 1.0
        let waiting = budget.Wait stopping.Token
        stopping.Cancel()

        Expect.throwsC (fun () -> waiting.GetAwaiter().GetResult()) (fun error ->
            error :? OperationCanceledException |> isTrue))
]
