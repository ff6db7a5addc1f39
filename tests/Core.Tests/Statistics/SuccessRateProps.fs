module MtrlFunctional.Tests.Statistics.SuccessRateProps

open Expecto
open MtrlFunctional.Statistics

let ``the rate of success`` = [
    let law name =
        testLaw 40 [ typeof<AggregateProps.Scores> ] name

    law "is the mean over all episodes, within its interval" (fun (scores: float[][]) ->
        let rate = SuccessRate.estimate scores

        abs (rate.Mean - Array.average (Array.concat scores)) < 1e-12
        && rate.Interval
           |> Option.forall (fun interval ->
               interval.Low <= rate.Mean + 1e-12 && rate.Mean - 1e-12 <= interval.High))

    testCase "of one goal a task has no interval" (fun () ->
        (SuccessRate.estimate [| [| 1.0 |]; [| 0.0 |] |]).Interval.IsNone |> isTrue)

    testCase "that is certain has an interval of one point" (fun () ->
        let rate = SuccessRate.estimate (Array.replicate 3 (Array.replicate 10 1.0))
        rate |> equals { Mean = 1.0; Interval = Some { Low = 1.0; High = 1.0 } })
]
