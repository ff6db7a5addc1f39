module MtrlFunctional.Tests.Statistics.AggregateProps

open Expecto
open FsCheck.FSharp
open MtrlFunctional.Randomness
open MtrlFunctional.Statistics
open MtrlFunctional.Tests

/// Success rates: a row of two to six seeds for each of one to eight tasks, and an order of them.
type Scores =
    static member Rates() =
        let rate = Gen.choose (0, 10) |> Gen.map (fun i -> float i / 10.0)

        gen {
            let! tasks = Gen.choose (1, 8)
            let! seeds = Gen.choose (2, 6)
            return! Gen.arrayOfLength tasks (Gen.arrayOfLength seeds rate)
        }
        |> Arb.fromGen

    static member One() =
        Gen.choose (-1000, 1000) |> Gen.map (fun i -> float i / 16.0) |> Arb.fromGen

open Aggregate

let ``aggregated scores`` = [
    let law name =
        testLaw (LongForm.count 20 40) [ typeof<Scores> ] name

    let key = Key.ofSeed 1L |> Key.forPurpose "test"

    let near a b = abs (a - b) <= 1e-9 * (1.0 + abs b)

    let iqm = interval key interquartileMean

    law "the standard error is the spread by its definition" (fun (first: float) (rest: float[]) ->
        let scores = Array.append [| first; first + 1.0 |] rest
        let n = float scores.Length
        // Σ (x − x̄)² = Σ over pairs (x − y)² / n.
        let pairs =
            Array.allPairs scores scores |> Array.sumBy (fun (x, y) -> (x - y) ** 2.0)

        near (standardError scores).Value (sqrt (pairs / 2.0 / n / (n - 1.0) / n)))

    law "the middle of scores leaves out a quarter at either end" (fun (scores: float[]) ->
        let n = scores.Length

        let kept =
            scores |> Array.sort |> Array.skip (n / 4) |> Array.take (n - 2 * (n / 4))

        n = 0 || near (interquartileMean scores) (Array.average kept))

    law "an interval lies among the scores, around the statistic" (fun (scores: float[][]) ->
        let all = Array.concat scores
        let interval = (interval key mean scores).Value
        let value = mean all
        let slack = 1e-9

        Array.min all - slack <= interval.Low
        && interval.Low <= value + slack
        && value <= interval.High + slack
        && interval.High <= Array.max all + slack)

    law "the order of seeds is the same to the bit" (fun (scores: float[][]) ->
        iqm scores = iqm (scores |> Array.map Array.rev))

    law
        "improvements of two rows over each other add up to certainty"
        (fun (scores: float[][]) (shift: float) ->
            let other =
                scores |> Array.map (Array.map (fun s -> s + round (shift / 16.0) / 10.0))

            near (improvement scores other + improvement other scores) 1.0)

    law "a row that is better everywhere improves for certain" (fun (scores: float[][]) ->
        let better = scores |> Array.map (Array.map ((+) 2.0))
        let interval = (improvementInterval key better scores).Value

        improvement better scores = 1.0
        && interval = { Low = 1.0; High = 1.0 }
        && near (improvement scores scores) 0.5)

    law
        "a probability of improvement lies in its interval, which lies in 0 to 1"
        (fun (scores: float[][]) ->
            let other =
                scores |> Array.map (fun task -> task |> Array.map (fun s -> 0.5 - s / 2.0))

            let value = improvement scores other
            let interval = (improvementInterval key scores other).Value

            0.0 <= interval.Low
            && interval.Low <= value + 1e-9
            && value <= interval.High + 1e-9
            && interval.High <= 1.0)

    testCase "a single seed has no interval and no standard error" (fun () ->
        standardError [| 0.5 |] |> equals None
        iqm [| [| 0.5 |]; [| 0.1 |] |] |> equals None
        iqm [||] |> equals None)

    // Two seeds of one task: of four equally likely draws one is (0, 0) and one (1, 1), so that both
    // ends of the mean's interval are certain.
    testCase "an interval of two seeds reaches from one to the other" (fun () ->
        interval key mean [| [| 0.0; 1.0 |] |]
        |> equals (Some { Low = 0.0; High = 1.0 }))

    // The bootstrap's standard deviation of a mean is known: s √((n − 1) / n) / √n.
    testCase "an interval is as wide as the theory of the bootstrap says" (fun () ->
        let scores = [| for i in 0..99 -> float (i * 37 % 100) |]
        let interval = (interval key mean [| scores |]).Value
        let deviation = (standardError scores).Value * sqrt (99.0 / 100.0)
        let wanted = 2.0 * 1.959964 * deviation
        interval.High - interval.Low |> isWithin (0.05 * wanted) wanted)

    testTheory "a quantile lies between its neighbours" [ 0.0, 1.0; 0.25, 1.75; 0.5, 2.5; 1.0, 4.0 ]
    <| fun (p, wanted) -> quantile p [| 1.0; 2.0; 3.0; 4.0 |] |> isWithin 1e-12 wanted
]
