namespace MtrlFunctional.Cli.Tests

open System
open System.Diagnostics
open System.Threading
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open MtrlFunctional.Cli.Watch

[<TestFixture>]
module ``a budget of processor time`` =
    let private limits = {
        Rate = 0.02
        Most = TimeSpan.FromSeconds 5.0
        LongestWait = TimeSpan.FromDays 1.0
    }

    let private milliseconds (x: int) = TimeSpan.FromMilliseconds(float x)

    /// Pauses and costs of pieces of work, in milliseconds.
    let private work =
        Gen.zip (Gen.choose (0, 20_000)) (Gen.choose (0, 3_000))
        |> Gen.listOf
        |> Arb.fromGen

    /// What each moment had used, where a worker pauses, waits as long as it must, and works.
    let private used limits pieces =
        let step (balance, at, used) (pause, cost) =
            let at = at + milliseconds pause
            let balance = Balance.next limits at used balance
            let at = at + Balance.wait limits balance
            balance, at + milliseconds cost, used + milliseconds cost

        pieces
        |> List.scan step (Balance.start limits TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero)
        |> List.map (fun (_, at, used) -> at, used)

    [<Property>]
    let ``is exceeded by the last piece of work at most`` () =
        Prop.forAll work (fun pieces ->
            let largest = pieces |> List.map snd |> List.fold max 0 |> milliseconds

            used limits pieces
            |> List.forall (fun (at, used) ->
                used <= limits.Most + limits.Rate * at + largest + milliseconds 1))

    [<Property>]
    let ``delays nothing that stays below it`` () =
        Prop.forAll work (fun pieces ->
            let modest = [ for pause, cost in pieces -> pause, min cost (pause / 51) ]

            List.zip (used limits modest |> List.tail) modest
            |> List.scan
                (fun (before, _) ((at, _), (pause, cost)) ->
                    at, at - before = milliseconds (pause + cost))
                (TimeSpan.Zero, true)
            |> List.forall snd)

    [<Property>]
    let ``waits no longer than its longest wait`` () =
        let short = { limits with LongestWait = milliseconds 700 }

        Prop.forAll work (fun pieces ->
            used short pieces
            |> List.pairwise
            |> List.zip pieces
            |> List.forall (fun ((pause, cost), ((before, _), (at, _))) ->
                at - before <= milliseconds (pause + cost + 700)))

    [<Test>]
    let ``forgets what the longest wait cannot pay back`` () =
        let short = { limits with LongestWait = milliseconds 700 }
        let hour = TimeSpan.FromHours 1.0

        let after =
            Balance.start short TimeSpan.Zero |> Balance.next short TimeSpan.Zero hour

        Assert.That(Balance.wait short after, Is.EqualTo(milliseconds 700))
        let later = Balance.next short (milliseconds 700) hour after
        Assert.That(Balance.wait short later, Is.EqualTo TimeSpan.Zero)

    [<Test>]
    let ``makes a task that ends when work is within it`` () =
        let used = ref TimeSpan.Zero

        let budget = ProcessorBudget({ limits with Rate = 1.0 }, fun () -> used.Value)

        Assert.That(budget.Wait(CancellationToken.None).IsCompleted)
        used.Value <- TimeSpan.FromSeconds 5.3
        let watch = Stopwatch.StartNew()
        budget.Wait(CancellationToken.None).GetAwaiter().GetResult()
        Assert.That(watch.Elapsed.TotalSeconds, Is.GreaterThan 0.1)
        Assert.That(budget.Wait(CancellationToken.None).IsCompleted)

    [<Test>]
    let ``gives up when its caller does`` () =
        use stopping = new CancellationTokenSource()
        let used = ref TimeSpan.Zero
        let budget = ProcessorBudget(limits, fun () -> used.Value)
        used.Value <- TimeSpan.FromHours 1.0
        let waiting = budget.Wait stopping.Token
        stopping.Cancel()

        Assert.That(
            Action(fun () -> waiting.GetAwaiter().GetResult()),
            Throws.InstanceOf<OperationCanceledException>()
        )
