module MtrlFunctional.Tests.Statistics.GoalGapProps

open Expecto
open MtrlFunctional.Statistics

let ``the gap between goals`` = [
    let law name =
        testLaw 40 [ typeof<AggregateProps.Scores> ] name

    law "of equal evaluations is nothing, within its interval" (fun (scores: float[][]) ->
        let gap = GoalGap.estimate scores scores

        gap.Difference = 0.0
        && gap.Interval
           |> Option.forall (fun interval -> interval.Low <= 0.0 && interval.High >= 0.0))

    law "changes its sign with the order" (fun (scores: float[][]) (others: float[][]) ->
        let there, back = GoalGap.estimate scores others, GoalGap.estimate others scores

        abs (there.Difference + back.Difference) < 1e-12)

    testCase "of one goal a task has no interval" (fun () ->
        let gap = GoalGap.estimate [| [| 1.0 |]; [| 1.0 |] |] [| [| 0.0 |]; [| 1.0 |] |]
        gap.Difference |> equals -0.5
        isTrue gap.Interval.IsNone)

    testCase "that is certain has an interval of one point" (fun () ->
        let all rate =
            Array.replicate 3 (Array.replicate 10 rate)

        let gap = GoalGap.estimate (all 1.0) (all 0.0)
        gap.Interval |> equals (Some { Low = -1.0; High = -1.0 }))
]
